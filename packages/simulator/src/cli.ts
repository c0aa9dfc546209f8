#!/usr/bin/env node
/** `shouyin-simulator`: a WeChat on this machine. */
import { runSimulatorCommand } from './command.ts'

await runSimulatorCommand(process.env, process.argv.slice(2))
