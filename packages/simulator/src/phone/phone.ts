/** The telephone's state: who holds it, what is on the screen, and the answers it waits for from the person. */
import { reactive } from 'vue'
import {
  type BridgePage,
  createBridgeHost,
  type Handset,
  type Invocation,
  type NativeAnswer,
  type Sheet,
  type Viewer,
} from '../bridge/bridge-host.ts'
import type { Account, Person, PhoneState, Receipt, SimulatorApi } from './simulator-api.ts'

/** A page in the in-app browser. */
export interface OpenPage {
  /** Counts pages opened; a reload counts too. */
  visit: number
  /** Where the visit began. */
  url: string
  title: string
  /** What the page's own script last told; absent in pages without the bridge. */
  told: BridgePage | undefined
  hasOptionMenu: boolean
  isReachable: boolean
}

export interface Phone {
  readonly world: PhoneState | undefined
  readonly viewer: Viewer
  readonly account: Account | undefined
  readonly person: Person | undefined
  /** Payments of the person who holds the phone, oldest first. */
  readonly receipts: Receipt[]
  readonly page: OpenPage | undefined
  readonly dialog: string | undefined
  readonly sheet: Sheet | undefined
  /** Six digits, shown as a hint. */
  readonly passwordHint: string | undefined
  /** Why the phone cannot work. */
  readonly problem: string | undefined
  refresh(): Promise<void>
  become(change: Partial<Pick<Viewer, 'userId' | 'device'>>): Promise<void>
  open(url: string, entry: Viewer['entry']): Promise<void>
  reload(): Promise<void>
  closePage(): void
  /** The page's own `alert`, which browsers do not show for frames of another origin. */
  pageAlerts(text: string): void
  /** What the page in the browser says of itself. */
  pageMoved(title: string, told: BridgePage | undefined): void
  answer(call: Invocation): Promise<NativeAnswer>
  readDialog(): void
  /** Undefined when it is paid, else what is wrong, for the person. */
  enterPassword(password: string): Promise<string | undefined>
  leaveSheet(outcome: 'ok' | 'cancel'): void
}

const UNREACHABLE = '模拟器没有应答，请确认它正在运行。The simulator does not answer; is it running?'

export function createPhone(api: SimulatorApi, isReachable: (url: string) => Promise<boolean>): Phone {
  let visits = 0
  let passwords = new Map<string, string>()
  let sheetLeft: ((outcome: 'ok' | 'cancel') => void) | undefined

  const state = reactive({
    world: undefined as PhoneState | undefined,
    viewer: { userId: '', device: 'ios', entry: 'menu' } as Viewer,
    page: undefined as OpenPage | undefined,
    dialogs: [] as { text: string; read: () => void }[],
    sheet: undefined as Sheet | undefined,
    problem: undefined as string | undefined,
  })

  const handset: Handset = {
    viewer: () => ({ ...state.viewer }),
    showDialog: (text) => new Promise((read) => state.dialogs.push({ text, read })),
    showSheet(sheet) {
      state.sheet = sheet
      return new Promise((resolve) => {
        sheetLeft = resolve
      })
    },
    closePage: () => phone.closePage(),
    showOptionMenu(shown) {
      if (state.page !== undefined) state.page.hasOptionMenu = shown
    },
  }
  let host = createBridgeHost(api, handset)

  /** The simulator may be stopped at any time; the screen says so until it is back. */
  async function attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      state.problem = undefined
    } catch (error) {
      state.problem = error instanceof TypeError ? UNREACHABLE : String(error)
    }
  }

  async function load(url: string): Promise<void> {
    dropPrompts()
    host = createBridgeHost(api, handset)
    visits += 1
    const visit = visits
    const reachable = await isReachable(url)
    if (visit !== visits) return
    const title = new URL(url).host
    state.page = { visit, url, title, told: undefined, hasOptionMenu: true, isReachable: reachable }
  }

  /** A page that is gone waits for nobody. */
  function dropPrompts(): void {
    while (state.dialogs.length > 0) phone.readDialog()
    phone.leaveSheet('cancel')
  }

  const phone: Phone = {
    get world() {
      return state.world
    },
    get viewer() {
      return state.viewer
    },
    get account() {
      return state.world?.accounts[0]
    },
    get person() {
      return state.world?.users.find(({ id }) => id === state.viewer.userId)
    },
    get receipts() {
      const own = state.world?.receipts.filter(({ userId }) => userId === state.viewer.userId) ?? []
      return own.sort((left, right) => left.paidAt.localeCompare(right.paidAt))
    },
    get page() {
      return state.page
    },
    get dialog() {
      return state.dialogs[0]?.text
    },
    get sheet() {
      return state.sheet
    },
    get passwordHint() {
      return passwords.get(state.viewer.userId)
    },
    get problem() {
      return state.problem
    },
    refresh: () =>
      attempt(async () => {
        passwords = await api.payPasswords()
        const world = await api.state()
        const known = world.users.some(({ id }) => id === state.viewer.userId)
        if (!known) state.viewer.userId = world.users[0]?.id ?? ''
        state.world = world
      }),
    become: (change) =>
      attempt(async () => {
        phone.closePage()
        Object.assign(state.viewer, change)
        await api.session(handset.viewer())
      }),
    open: (url, entry) =>
      attempt(async () => {
        state.viewer.entry = entry
        // The cookie must be there before the page: the authorize page and jweixin look at it.
        await api.session(handset.viewer())
        await load(url)
      }),
    async reload() {
      if (state.page !== undefined) await load(state.page.told?.currentUrl ?? state.page.url)
    },
    closePage() {
      visits += 1
      dropPrompts()
      state.page = undefined
    },
    pageAlerts: (text) => void handset.showDialog(text),
    pageMoved(title, told) {
      if (state.page === undefined) return
      if (title !== '') state.page.title = title
      state.page.told = told
    },
    async answer(call) {
      try {
        return await host.answer(call)
      } catch {
        await handset.showDialog(UNREACHABLE)
        return { err_msg: `${call.method}:fail` }
      }
    },
    readDialog() {
      state.dialogs.shift()?.read()
    },
    async enterPassword(password) {
      if (state.sheet === undefined) return undefined
      const { prepayId } = state.sheet
      const { problem } = await api.pay({ viewer: handset.viewer(), prepayId, password })
      await phone.refresh()
      return problem
    },
    leaveSheet(outcome) {
      state.sheet = undefined
      sheetLeft?.(outcome)
      sheetLeft = undefined
    },
  }
  return phone
}
