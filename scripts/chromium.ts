/** Finds the Chromium that browser tests drive; on Debian as root it is installed when absent. */
import { existsSync } from 'node:fs'
import { installed } from './debian.ts'

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
  const now = installed(['chromium', 'fonts-noto-cjk']) ? findChromium() : undefined
  if (now !== undefined) return now
  throw new Error(
    '没有找到 Chromium：请安装后重试，或用环境变量 CHROMIUM 指定路径 / ' +
      'Chromium not found: install it, or name its path in the variable CHROMIUM',
  )
}
