import { defineConfig } from 'tsdown'

/** Each workspace that is built with tsdown has its own configuration; this runs them all at once. */
export default defineConfig({ workspace: ['packages/*', 'examples/*'], logLevel: 'warn' })
