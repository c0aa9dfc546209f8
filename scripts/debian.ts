/** Installs Debian's packages where that is possible: as root, on a machine that has apt-get. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Whether packages could be asked for; whether they are there now is for the caller to see. */
export function installed(packages: string[]): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false
  process.stdout.write(`installing ${packages.join(' ')} …\n`)
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const parameters of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
  ])
    spawnSync('apt-get', parameters, { stdio: ['ignore', 'ignore', 'inherit'], env: environment })
  return true
}
