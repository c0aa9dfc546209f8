/** Builds what runs from built files: the libraries, the simulator's phone and the example shop. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'

interface Step {
  title: string
  /** A command of a development dependency, as its package names it. */
  command: string
  arguments: string[]
}

const root: string = fileURLToPath(new URL('..', import.meta.url))

const steps: Step[] = [
  { title: 'libraries and servers', command: 'tsdown', arguments: [] },
  {
    title: "simulator's phone",
    command: 'vite',
    arguments: ['build', 'packages/simulator', '--logLevel', 'warn'],
  },
  { title: "shop's page", command: 'vite', arguments: ['build', 'examples/shop', '--logLevel', 'warn'] },
]

for (const [index, step] of steps.entries()) {
  const begun = performance.now()
  process.stdout.write(styleText('dim', `build ${index + 1}/${steps.length} ${step.title} …`))
  await run(step)
  process.stdout.write(styleText('dim', ` ${((performance.now() - begun) / 1000).toFixed(1)} s\n`))
}

function run(step: Step): Promise<void> {
  return new Promise((resolve, reject) => {
    const executable = `${root}node_modules/.bin/${step.command}`
    const child = spawn(executable, step.arguments, { cwd: root, shell: process.platform === 'win32' })
    const printed: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => printed.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => printed.push(chunk))
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) return resolve()
      process.stderr.write(`\n${Buffer.concat(printed).toString()}\n`)
      process.exitCode = 1
      reject(new Error(`build step failed: ${step.title}`))
    })
  })
}
