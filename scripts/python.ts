/** Finds a Python that can speak to WeChat: one test's merchant is written in it. On Debian as root it is installed when absent. */
import { spawnSync } from 'node:child_process'
import { installed } from './debian.ts'

const PLACES = ['/usr/bin/python3', 'python3']

/** The command, or undefined where there is none with `requests` and `cryptography`. `PYTHON` in the environment wins. */
export function python(): string | undefined {
  return find() ?? (installed(['python3-requests', 'python3-cryptography']) ? find() : undefined)
}

function find(): string | undefined {
  const named = process.env['PYTHON']
  return [...(named ? [named] : []), ...PLACES].find(
    (command) => spawnSync(command, ['-c', 'import requests, cryptography']).status === 0,
  )
}
