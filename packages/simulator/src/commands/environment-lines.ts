/**
 * What a program has to be told to take the simulator for WeChat, by way of the forward proxy: each runtime has its own
 * names for the proxy and for the certificate authority to trust.
 */

export const LANGUAGES = ['node', 'python', 'go', 'php', 'java', 'curl', 'browser'] as const
export type Language = (typeof LANGUAGES)[number]

export const SHELLS = ['sh', 'powershell', 'dotenv'] as const
/** `dotenv`: `NAME=value`, for `--env-file`. */
export type Shell = (typeof SHELLS)[number]

export interface Entrance {
  /** `http://127.0.0.1:9090`. */
  proxyUrl: string
  /** Absolute path of the authority's certificate. */
  caFile: string
  /** For Chromium: base64 SHA-256 of the public key it shall believe. */
  publicKeyHash: string
}

export interface LinesWanted {
  languages: readonly Language[]
  shell: Shell
}

interface Section {
  /** Whole sentences for the person, and what no variable can say. */
  remarks: string[]
  variables: Record<string, string>
}

/** Lines for a shell to evaluate, remarks included. */
export function environmentLines(entrance: Entrance, { languages, shell }: LinesWanted): string {
  const sections = [everyone(entrance), ...languages.map((language) => SECTIONS[language](entrance))]
  const assigned = new Set<string>()
  return sections
    .map(({ remarks, variables }) => {
      const fresh = Object.entries(variables).filter(([name]) => !assigned.has(name))
      for (const [name] of fresh) assigned.add(name)
      return [
        ...remarks.map((line) => `# ${line}`),
        ...fresh.map((pair) => ASSIGNMENT[shell](...pair)),
        '',
      ].join('\n')
    })
    .join('\n')
}

const ASSIGNMENT: Record<Shell, (name: string, value: string) => string> = {
  sh: (name, value) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
  powershell: (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
  dotenv: (name, value) => `${name}=${value}`,
}

function everyone({ proxyUrl }: Entrance): Section {
  return {
    remarks: [
      '只在运行你的程序的终端里使用：除微信与本机外，一切地址都会被拒绝。',
      'For the terminal that runs your program only: all but WeChat and this machine is refused.',
    ],
    variables: {
      HTTPS_PROXY: proxyUrl,
      https_proxy: proxyUrl,
      NO_PROXY: 'localhost,127.0.0.1,::1',
      no_proxy: 'localhost,127.0.0.1,::1',
    },
  }
}

const SECTIONS: Record<Language, (entrance: Entrance) => Section> = {
  node: ({ caFile }) => ({
    remarks: [
      'Node: axios、request、urllib 等自行读取 HTTPS_PROXY；内置 fetch 与 https 需要 Node 24 以上，或 undici 的 EnvHttpProxyAgent。',
      'Libraries such as axios read HTTPS_PROXY; the built-in fetch and https do from Node 24, or with undici’s EnvHttpProxyAgent.',
    ],
    variables: { NODE_EXTRA_CA_CERTS: caFile, NODE_USE_ENV_PROXY: '1' },
  }),
  python: ({ caFile }) => ({
    remarks: ['Python: requests, httpx, urllib.'],
    variables: { REQUESTS_CA_BUNDLE: caFile, SSL_CERT_FILE: caFile },
  }),
  go: ({ caFile }) => ({
    remarks: [
      'Go: SSL_CERT_FILE 仅用于 Linux；macOS 与 Windows 须把证书加入系统信任。',
      'SSL_CERT_FILE counts on Linux; on macOS and Windows add the file to the system’s trust.',
    ],
    variables: { SSL_CERT_FILE: caFile },
  }),
  php: ({ caFile, proxyUrl }) => ({
    remarks: [
      `PHP: php -d curl.cainfo=${caFile} -d openssl.cafile=${caFile} …`,
      `Guzzle: ['proxy' => '${proxyUrl}', 'verify' => '${caFile}']; curl 扩展读取 https_proxy / the curl extension reads https_proxy.`,
    ],
    variables: {},
  }),
  java: ({ caFile, proxyUrl }) => {
    const { hostname, port } = new URL(proxyUrl)
    const trustStore = `${caFile}.p12`
    const options = {
      'https.proxyHost': hostname,
      'https.proxyPort': port,
      'javax.net.ssl.trustStore': trustStore,
      'javax.net.ssl.trustStoreType': 'PKCS12',
      'javax.net.ssl.trustStorePassword': 'changeit',
    }
    return {
      remarks: [
        'Java: 先做一个信任库 / make a trust store first:',
        `keytool -importcert -noprompt -alias shouyin -file '${caFile}' -keystore '${trustStore}' -storetype PKCS12 -storepass changeit`,
      ],
      variables: {
        JAVA_TOOL_OPTIONS: Object.entries(options)
          .map(([name, value]) => `-D${name}=${value}`)
          .join(' '),
      },
    }
  },
  curl: ({ caFile }) => ({ remarks: ['curl, git, libcurl.'], variables: { CURL_CA_BUNDLE: caFile } }),
  browser: ({ proxyUrl, publicKeyHash }) => ({
    remarks: [
      '浏览器 / browser: shouyin-simulator browser http://localhost:8080/ 或 or:',
      `chromium --user-data-dir=… --proxy-server=${proxyUrl} --ignore-certificate-errors-spki-list=${publicKeyHash}`,
    ],
    variables: {},
  }),
}
