/** The telephone's state: who holds it, what is on the screen, and the answers it waits for from the person. */
import { reactive } from 'vue'
import {
  type BridgePage,
  createBridgeHost,
  type Ending,
  type Handset,
  type Invocation,
  type NativeAnswer,
  type PasswordAnswer,
  type Sheet,
  type SheetOutcome,
  type Viewer,
} from '../bridge/bridge-host.ts'
import { type Chat, chatsOf, firstPlace, type Place, type SharedLink, sharedUrl } from './places.ts'
import { createPrompts } from './prompts.ts'
import type { Account, PaymentNotice, Person, PhoneState, SimulatorApi } from './simulator-api.ts'

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
  /** 快照页: WeChat's banner stands below it. */
  isSnapshot: boolean
}

/** What the person changes about the telephone; the entry is decided by what is tapped. */
export type Change = Partial<Omit<Viewer, 'entry'>>

export interface Phone {
  readonly world: PhoneState | undefined
  readonly viewer: Required<Viewer>
  readonly person: Person | undefined
  readonly place: Place
  readonly canGoBack: boolean
  readonly chats: Chat[]
  readonly links: readonly SharedLink[]
  /** Payments and refunds of the person who holds the phone, oldest first. */
  readonly notices: PaymentNotice[]
  readonly page: OpenPage | undefined
  readonly dialog: string | undefined
  readonly sheet: Sheet | undefined
  /** How the bank takes the next payment. */
  readonly ending: Ending
  /** Why the phone cannot work. */
  readonly problem: string | undefined
  account(appid: string): Account | undefined
  refresh(): Promise<void>
  become(change: Change): Promise<void>
  setEnding(ending: Ending): void
  go(place: Place): void
  back(): void
  follow(appid: string, follows: boolean): Promise<void>
  open(url: string, entry: Viewer['entry']): Promise<void>
  reload(): Promise<void>
  /** 使用完整服务: out of the snapshot, into the page itself. */
  leaveSnapshot(): Promise<void>
  closePage(): void
  /** The page's own `alert`, which browsers do not show for frames of another origin. */
  pageAlerts(text: string): void
  /** What the page in the browser says of itself. */
  pageMoved(title: string, told: BridgePage | undefined): void
  /** 转发给朋友. `askPage` tells a page with a bridge, which then says what is to be sent. */
  share(friendId: string, askPage: () => void): void
  answer(call: Invocation): Promise<NativeAnswer>
  readDialog(): void
  enterPassword(password: string, method: string): Promise<PasswordAnswer>
  leaveSheet(outcome: SheetOutcome): void
}

const UNREACHABLE = '模拟器没有应答，请确认它正在运行。The simulator does not answer; is it running?'
const NOBODY: Required<Viewer> = {
  userId: '',
  device: 'ios',
  entry: 'menu',
  client: 'current',
  jweixin: 'both',
  snapshot: false,
}

export function createPhone(api: SimulatorApi, isReachable: (url: string) => Promise<boolean>): Phone {
  let visits = 0
  /** To whom the person is sending the page. */
  let sharingTo: string | undefined
  const prompts = createPrompts()
  const state = reactive({
    world: undefined as PhoneState | undefined,
    viewer: { ...NOBODY },
    /** Newest last; never empty. */
    trail: [{ screen: 'chats' }] as Place[],
    links: [] as SharedLink[],
    page: undefined as OpenPage | undefined,
    ending: 'paid' as Ending,
    problem: undefined as string | undefined,
  })

  /** Only who comes by a link sees a snapshot. */
  const viewer = (): Required<Viewer> => ({
    ...state.viewer,
    snapshot: state.viewer.snapshot && state.viewer.entry === 'link',
  })

  const handset: Handset = {
    viewer,
    showDialog: prompts.showDialog,
    showSheet: prompts.showSheet,
    closePage: () => phone.closePage(),
    showOptionMenu(shown) {
      if (state.page !== undefined) state.page.hasOptionMenu = shown
    },
    sendLink({ url, ...shared }) {
      if (sharingTo === undefined) return false
      state.links.push({ fromId: state.viewer.userId, toId: sharingTo, ...shared, url: sharedUrl(url) })
      sharingTo = undefined
      return true
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
    prompts.drop()
    host = createBridgeHost(api, handset)
    sharingTo = undefined
    visits += 1
    const visit = visits
    const reachable = await isReachable(url)
    if (visit !== visits) return
    const title = new URL(url).host
    const isSnapshot = viewer().snapshot
    state.page = {
      visit,
      url,
      title,
      told: undefined,
      hasOptionMenu: true,
      isReachable: reachable,
      isSnapshot,
    }
  }

  /** The cookie must be there before the page: the authorize page and jweixin look at it. */
  async function loadAs(change: Partial<Viewer>, url: string): Promise<void> {
    Object.assign(state.viewer, change)
    await api.session(viewer())
    await load(url)
  }

  function restart(world: PhoneState): void {
    const first = firstPlace(world, phone.person)
    state.trail = first.screen === 'chats' ? [first] : [{ screen: 'chats' }, first]
  }

  const phone: Phone = {
    get world() {
      return state.world
    },
    get viewer() {
      return state.viewer
    },
    get person() {
      return state.world?.users.find(({ id }) => id === state.viewer.userId)
    },
    get place() {
      return state.trail.at(-1) ?? { screen: 'chats' }
    },
    get canGoBack() {
      return state.trail.length > 1
    },
    get chats() {
      const { person } = phone
      return state.world === undefined || person === undefined
        ? []
        : chatsOf(state.world, person, state.links)
    },
    get links() {
      return state.links
    },
    get notices() {
      return state.world?.notices.filter(({ userId }) => userId === state.viewer.userId) ?? []
    },
    get page() {
      return state.page
    },
    get dialog() {
      return prompts.dialog
    },
    get sheet() {
      return prompts.sheet
    },
    get ending() {
      return state.ending
    },
    get problem() {
      return state.problem
    },
    account: (wanted) => state.world?.accounts.find(({ appid }) => appid === wanted),
    refresh: () =>
      attempt(async () => {
        const world = await api.state()
        const isKnown = world.users.some(({ id }) => id === state.viewer.userId)
        state.world = world
        if (isKnown) return
        state.viewer.userId = world.users[0]?.id ?? ''
        restart(world)
      }),
    become: (change) =>
      attempt(async () => {
        phone.closePage()
        const isOther = change.userId !== undefined && change.userId !== state.viewer.userId
        Object.assign(state.viewer, change)
        await api.session(viewer())
        if (isOther && state.world !== undefined) restart(state.world)
      }),
    setEnding(ending) {
      state.ending = ending
    },
    go(place) {
      const isRoot = ['chats', 'accounts', 'me'].includes(place.screen)
      state.trail = isRoot ? [place] : [...state.trail, place]
    },
    back() {
      if (phone.canGoBack) state.trail.pop()
    },
    follow: (appid, follows) =>
      attempt(async () => {
        await api.follow({ userId: state.viewer.userId, appid, follows })
        state.world = await api.state()
      }),
    open: (url, entry) => attempt(() => loadAs({ entry }, url)),
    async reload() {
      if (state.page !== undefined) await load(state.page.told?.currentUrl ?? state.page.url)
    },
    leaveSnapshot: () =>
      attempt(async () => {
        if (state.page === undefined) return
        await loadAs({ snapshot: false }, state.page.url)
      }),
    closePage() {
      visits += 1
      prompts.drop()
      state.page = undefined
    },
    pageAlerts: (text) => void prompts.showDialog(text),
    pageMoved(title, told) {
      if (state.page === undefined) return
      if (title !== '') state.page.title = title
      state.page.told = told
    },
    share(friendId, askPage) {
      const { page } = state
      if (page === undefined) return
      sharingTo = friendId
      if (page.told !== undefined && state.viewer.client !== 'bare') return askPage()
      handset.sendLink({ title: page.title, description: new URL(page.url).host, url: page.url })
    },
    async answer(call) {
      try {
        return await host.answer(call)
      } catch {
        await prompts.showDialog(UNREACHABLE)
        return { err_msg: `${call.method}:fail` }
      }
    },
    readDialog: prompts.readDialog,
    async enterPassword(password, method) {
      const { sheet } = prompts
      if (sheet === undefined) return { outcome: 'failed', words: '订单不存在' }
      const { userId } = state.viewer
      const { ending } = state
      const answer = await api.pay({ userId, prepayId: sheet.prepayId, password, method, ending })
      await phone.refresh()
      return answer
    },
    leaveSheet: prompts.leaveSheet,
  }
  return phone
}
