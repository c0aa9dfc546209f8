#!/usr/bin/env node
/** `shouyin-simulator`: a WeChat on this machine. */
import { runMain } from 'citty'
import { simulatorCommand } from './command.ts'

await runMain(simulatorCommand(process.env))
