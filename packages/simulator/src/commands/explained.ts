/** Errors of a command as a person meets them: one line, no stack, exit code 1. */
import { type CommandLine, checkArguments } from './arguments.ts'

type Run<Context, Result> = (context: Context) => Promise<Result>

/** The command's `run`, which says what went wrong instead of throwing it; also of the command line. */
export function explained<Context extends CommandLine, Result>(
  run: Run<Context, Result>,
): Run<Context, Result | undefined> {
  return async (context) => {
    try {
      checkArguments(context)
      return await run(context)
    } catch (error) {
      complain(error)
      return undefined
    }
  }
}

/** Says what went wrong; the program will end with 1. */
export function complain(error: unknown): void {
  process.stderr.write(`${wordsOf(error)}\n`)
  process.exitCode = 1
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code = '', path = '' }: NodeJS.ErrnoException = error
  return FILE_ERRORS[code]?.(path) ?? error.message
}

/** What the system says of files, in English only and with the name of a system call. */
const FILE_ERRORS: Record<string, (path: string) => string> = {
  ENOENT: (path) => `没有 ${path} 这个文件或目录 / there is no such file or folder: ${path}`,
  EACCES: (path) => `没有权限 ${path} / not for this user: ${path}`,
  EPERM: (path) => `没有权限 ${path} / not for this user: ${path}`,
  EROFS: (path) => `不可写 ${path} / cannot be written: ${path}`,
  EISDIR: (path) => `是目录，不是文件 ${path} / a folder and not a file: ${path}`,
}
