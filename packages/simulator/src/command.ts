/** The command line of the simulator: each command is a file below commands/. */
import { type CommandDef, defineCommand } from 'citty'
import { browserCommand } from './commands/browser.ts'
import { environmentCommand } from './commands/environment.ts'
import { initCommand } from './commands/init.ts'
import { listenCommand } from './commands/listen.ts'
import type { Environment } from './commands/options.ts'
import { replayCommand } from './commands/replay.ts'
import { type StartArguments, startArguments, startCommand } from './commands/start.ts'
import { triggerCommand } from './commands/trigger.ts'

/** `environment` gives the defaults of options, such as `SIMULATOR_PORT`. */
export function simulatorCommand(environment: Environment): CommandDef<StartArguments> {
  return defineCommand<StartArguments>({
    meta: { name: 'shouyin-simulator', description: '在本机运行的微信 / a WeChat on this machine' },
    // Known here as well, so that their values are not taken for the name of a command.
    args: startArguments(environment),
    default: 'start',
    subCommands: {
      start: startCommand(environment),
      env: environmentCommand(environment),
      init: initCommand(environment),
      browser: browserCommand(environment),
      listen: listenCommand(environment),
      trigger: triggerCommand(environment),
      replay: replayCommand(environment),
    },
  })
}
