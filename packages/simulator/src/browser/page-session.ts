/** One page of a real browser: what its bridge asks, and what the person at its pay sheet does. */
import { z } from 'zod'
import {
  type BridgeApi,
  createBridgeHost,
  type Handset,
  type Invocation,
  type PasswordAnswer,
  type PasswordEntry,
  type Sheet,
  type SheetOutcome,
  type Viewer,
} from '../bridge/bridge-host.ts'

export interface PayApi extends BridgeApi {
  pay(entry: PasswordEntry): Promise<PasswordAnswer>
}

export interface PageSessionOptions {
  api: PayApi
  viewer: Viewer
  /** Says something to the page's script. */
  tell(message: object): void
  closePage(): void
}

export interface PageSession {
  /** A text from the page, which may be anything: what is not understood is passed over. */
  hear(text: string): Promise<void>
  /** Another page stands there now: nothing is granted yet, and nobody waits any more. */
  navigated(): void
}

const invocation = z.object({
  simulator: z.literal('invoke'),
  id: z.number(),
  method: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  page: z.object({ currentUrl: z.string(), landingUrl: z.string() }),
})
const said = z.discriminatedUnion('simulator', [
  invocation,
  z.object({ simulator: z.literal('dialog-read') }),
  z.object({ simulator: z.literal('password'), password: z.string() }),
  z.object({ simulator: z.literal('sheet-left') }),
])

export function createPageSession({ api, viewer, tell, closePage }: PageSessionOptions): PageSession {
  let readers: (() => void)[] = []
  let shown: { sheet: Sheet; left: (outcome: SheetOutcome) => void } | undefined

  const handset: Handset = {
    viewer: () => viewer,
    showDialog(text) {
      tell({ simulator: 'dialog', text })
      return new Promise((read) => readers.push(read))
    },
    showSheet(sheet) {
      tell({ simulator: 'sheet', sheet })
      return new Promise((left) => {
        shown = { sheet, left }
      })
    },
    closePage,
    showOptionMenu: () => undefined,
    // There is nobody here to send a link to.
    sendLink: () => false,
  }
  let host = createBridgeHost(api, handset)

  function leaveSheet(outcome: SheetOutcome): void {
    tell({ simulator: 'sheet-done' })
    shown?.left(outcome)
    shown = undefined
  }

  async function enterPassword(password: string): Promise<void> {
    if (shown === undefined) return
    const { prepayId, methods } = shown.sheet
    const method = methods.find(({ problem }) => problem === undefined)?.id ?? 'balance'
    const { userId } = viewer
    const answer = await api.pay({ userId, prepayId, password, method, ending: 'paid' })
    if ('words' in answer) tell({ simulator: 'sheet-problem', text: answer.words })
    else leaveSheet('ok')
  }

  async function answer(call: Invocation, id: number): Promise<void> {
    const result = await host.answer(call).catch(async (error: unknown) => {
      await handset.showDialog(error instanceof Error ? error.message : String(error))
      return { err_msg: `${call.method}:fail` }
    })
    tell({ simulator: 'answer', id, result })
  }

  return {
    async hear(text) {
      const parsed = said.safeParse(JSON.parse(text))
      if (!parsed.success) return
      const { data } = parsed
      if (data.simulator === 'invoke') return answer(data, data.id)
      if (data.simulator === 'dialog-read') return readers.shift()?.()
      if (data.simulator === 'password') return enterPassword(data.password)
      leaveSheet('cancel')
    },
    navigated() {
      host = createBridgeHost(api, handset)
      for (const read of readers) read()
      readers = []
      shown?.left('cancel')
      shown = undefined
    },
  }
}
