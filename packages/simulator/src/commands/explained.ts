/** Errors of a command as a person meets them: one line, no stack, exit code 1. */

type Run<Context, Result> = (context: Context) => Promise<Result>

/** The command's `run`, which says what went wrong instead of throwing it. */
export function explained<Context, Result>(run: Run<Context, Result>): Run<Context, Result | undefined> {
  return async (context) => {
    try {
      return await run(context)
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
      process.exitCode = 1
      return undefined
    }
  }
}
