/** Names of the page's API and of the bridge, where they differ. Source: read off the real scripts; see the vectors. */

const NAMES: Readonly<Record<string, string>> = {
  config: 'preVerifyJSAPI',
  onMenuShareTimeline: 'menu:share:timeline',
  onMenuShareAppMessage: 'menu:share:appmessage',
  onMenuShareQQ: 'menu:share:qq',
  onMenuShareWeibo: 'menu:share:weiboApp',
  onMenuShareQZone: 'menu:share:QZone',
  previewImage: 'imagePreview',
  getLocation: 'geoLocation',
  openProductSpecificView: 'openProductViewWithPid',
  addCard: 'batchAddCard',
  openCard: 'batchViewCard',
  chooseWXPay: 'getBrandWCPayRequest',
  openEnterpriseRedPacket: 'getRecevieBizHongBaoRequest',
  startSearchBeacons: 'startMonitoringBeacons',
  stopSearchBeacons: 'stopMonitoringBeacons',
  onSearchBeacons: 'onBeaconsInRange',
  consumeAndShareCard: 'consumedShareCard',
  openAddress: 'editAddress',
}

const BACK: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(NAMES).map(([name, bridge]) => [bridge, name]),
)

export function bridgeName(name: string): string {
  return NAMES[name] ?? name
}

export function pageName(bridge: string): string {
  return BACK[bridge] ?? bridge
}
