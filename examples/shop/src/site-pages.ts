/** The built page as files, and `index.html` for the addresses that the page's own router knows. */
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono, type MiddlewareHandler } from 'hono'
import { compress } from 'hono/compress'

export interface SitePagesOptions {
  pageFolder: string
  verificationFolder: string
}

export function sitePages({ pageFolder, verificationFolder }: SitePagesOptions): Hono {
  return (
    new Hono()
      .use(compress(), lifetime)
      .get('/:file{MP_verify_[0-9A-Za-z]+\\.txt}', serveStatic({ root: verificationFolder }))
      .get('*', serveStatic({ root: pageFolder }))
      // A missing file must be missing: WeChat's check of a domain fails where every address answers with a page.
      .get('/:path{.*\\.[0-9A-Za-z]+}', (c) => c.notFound())
      .get('*', serveStatic({ root: pageFolder, path: 'index.html' }))
  )
}

/** Built assets carry a hash in their names and never change; the page that names them is asked for every time. */
const lifetime: MiddlewareHandler = async (c, next) => {
  await next()
  const isAsset = c.res.ok && c.req.path.startsWith('/assets/')
  c.header('Cache-Control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache')
}
