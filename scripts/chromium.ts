/** Finds the Chromium that browser tests drive; on Debian as root it is installed when absent. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

/** Path of the executable, or undefined. `CHROMIUM` in the environment wins. */
export function findChromium(): string | undefined {
  return [process.env['CHROMIUM'], ...PLACES].find((place) => place !== undefined && existsSync(place))
}

/** As `findChromium`, after installing Debian's package where that is possible. Throws with what to do otherwise. */
export function chromium(): string {
  const found = findChromium()
  if (found !== undefined) return found
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    process.stdout.write('installing chromium …\n')
    apt(['update', '-qq'])
    apt(['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-noto-cjk'])
  }
  const installed = findChromium()
  if (installed !== undefined) return installed
  throw new Error(
    '没有找到 Chromium：请安装后重试，或用环境变量 CHROMIUM 指定路径 / ' +
      'Chromium not found: install it, or name its path in the variable CHROMIUM',
  )
}

function apt(parameters: string[]): void {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', parameters, { stdio: ['ignore', 'ignore', 'inherit'], env: environment })
}
