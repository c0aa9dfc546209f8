/** Pages of the web server before WeChat's applications, which answers in the place of them; to the byte as nginx makes them. */

export interface NginxPage {
  status: number
  /** As the page prints it: `400 Bad Request`. */
  heading: string
  /** What nginx adds for some of its refusals; with it the title is `400` and this. */
  reason?: string
}

export function nginxPage({ status, heading, reason }: NginxPage): string {
  const lines = [
    '<html>',
    `<head><title>${reason === undefined ? heading : `${status} ${reason}`}</title></head>`,
    '<body>',
    `<center><h1>${heading}</h1></center>`,
    ...(reason === undefined ? [] : [`<center>${reason}</center>`]),
    '<hr><center>nginx</center>',
    '</body>',
    '</html>',
    '',
  ]
  return lines.join('\r\n')
}

/** Its headers. */
export const NGINX_HEADERS: Readonly<Record<string, string>> = {
  server: 'nginx',
  'content-type': 'text/html',
}
