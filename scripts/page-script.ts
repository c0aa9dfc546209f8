/**
 * Vite/Rolldown plugin: `import text from './entry.ts?script'` is the entry and all it imports, bundled to one minified
 * IIFE and given as a string. Page scripts can so be written in TypeScript, served or inlined by a server package, and
 * used by tests without a build.
 */
import { type Plugin, rolldown } from 'rolldown'

const MARK = '?script'
const VIRTUAL = '\0page-script:'

export function pageScript(): Plugin & { enforce: 'pre' } {
  return {
    name: 'page-script',
    enforce: 'pre',
    async resolveId(specifier, importer) {
      if (!specifier.endsWith(MARK)) return null
      const entry = await this.resolve(specifier.slice(0, -MARK.length), importer, { skipSelf: true })
      if (entry === null || entry.external) return this.error(`no page script at ${specifier}`)
      return VIRTUAL + entry.id
    },
    async load(id) {
      if (!id.startsWith(VIRTUAL)) return null
      const entry = id.slice(VIRTUAL.length)
      const { code, files } = await bundle(entry)
      for (const file of files) this.addWatchFile(file)
      return `export default ${JSON.stringify(code)}`
    },
  }
}

async function bundle(entry: string): Promise<{ code: string; files: string[] }> {
  const build = await rolldown({
    input: entry,
    resolve: { conditionNames: ['@shouyin/source', 'import', 'default'] },
  })
  try {
    const { output } = await build.generate({ format: 'iife', minify: true })
    // `</script` inside a string would end an inline script element early.
    return { code: output[0].code.trim().replaceAll('</script', '<\\/script'), files: await build.watchFiles }
  } finally {
    await build.close()
  }
}
