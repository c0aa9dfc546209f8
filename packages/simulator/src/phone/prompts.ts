/** What stands above a page and waits for the person: dialogs, one after the other, and the pay sheet. */
import { reactive } from 'vue'
import type { Sheet, SheetOutcome } from '../bridge/bridge-host.ts'

export interface Prompts {
  readonly dialog: string | undefined
  readonly sheet: Sheet | undefined
  /** Resolves when the person has read it. */
  showDialog(text: string): Promise<void>
  readDialog(): void
  /** Resolves when the person has paid or closed the sheet. */
  showSheet(sheet: Sheet): Promise<SheetOutcome>
  leaveSheet(outcome: SheetOutcome): void
  /** A page that is gone waits for nobody. */
  drop(): void
}

export function createPrompts(): Prompts {
  let sheetLeft: ((outcome: SheetOutcome) => void) | undefined
  const state = reactive({
    dialogs: [] as { text: string; read: () => void }[],
    sheet: undefined as Sheet | undefined,
  })
  const prompts: Prompts = {
    get dialog() {
      return state.dialogs[0]?.text
    },
    get sheet() {
      return state.sheet
    },
    showDialog: (text) => new Promise((read) => state.dialogs.push({ text, read })),
    readDialog() {
      state.dialogs.shift()?.read()
    },
    showSheet(sheet) {
      state.sheet = sheet
      return new Promise((resolve) => {
        sheetLeft = resolve
      })
    },
    leaveSheet(outcome) {
      state.sheet = undefined
      sheetLeft?.(outcome)
      sheetLeft = undefined
    },
    drop() {
      while (state.dialogs.length > 0) prompts.readDialog()
      prompts.leaveSheet('cancel')
    },
  }
  return prompts
}
