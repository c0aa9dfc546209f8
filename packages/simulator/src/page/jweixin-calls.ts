/**
 * What each `wx.*` sends over the bridge, with the defaults that the real script fills in, and the version that brought
 * it. Source: read off the real scripts; see `jweixin.invoke` in the vectors.
 */

type Options = Record<string, unknown>
type Parameters = (options: Options) => Options

const nothing: Parameters = () => ({})
const asGiven: Parameters = (options) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => typeof value !== 'function'))
const only =
  (...names: string[]): Parameters =>
  (options) =>
    Object.fromEntries(names.map((name) => [name, options[name]]))
const withProgress =
  (name: string): Parameters =>
  (options) => ({ [name]: options[name], isShowProgressTips: options['isShowProgressTips'] === 0 ? 0 : 1 })

const EVERY_VERSION: Readonly<Record<string, Parameters>> = {
  startRecord: nothing,
  stopRecord: nothing,
  playVoice: only('localId'),
  pauseVoice: only('localId'),
  stopVoice: only('localId'),
  uploadVoice: withProgress('localId'),
  downloadVoice: withProgress('serverId'),
  translateVoice: withProgress('localId'),
  chooseImage: ({ count, sizeType, sourceType }) => ({
    scene: '1|2',
    count: count || 9,
    sizeType: sizeType || ['original', 'compressed'],
    sourceType: sourceType || ['album', 'camera'],
  }),
  previewImage: only('current', 'urls'),
  uploadImage: withProgress('localId'),
  downloadImage: withProgress('serverId'),
  getNetworkType: nothing,
  openLocation: ({ latitude, longitude, name, address, scale, infoUrl }) => ({
    latitude,
    longitude,
    name: name || '',
    address: address || '',
    scale: scale || 28,
    infoUrl: infoUrl || '',
  }),
  getLocation: ({ type }) => ({ type: type || 'wgs84' }),
  hideOptionMenu: nothing,
  showOptionMenu: nothing,
  closeWindow: nothing,
  hideMenuItems: only('menuList'),
  showMenuItems: only('menuList'),
  hideAllNonBaseMenuItem: nothing,
  showAllNonBaseMenuItem: nothing,
  scanQRCode: ({ needResult, scanType }) => ({
    needResult: needResult || 0,
    scanType: scanType || ['qrCode', 'barCode'],
  }),
  chooseWXPay: ({ timestamp, nonceStr, package: prepay, paySign, signType }) => ({
    timeStamp: `${timestamp}`,
    nonceStr,
    package: prepay,
    paySign,
    signType: signType || 'SHA1',
  }),
  openProductSpecificView: asGiven,
  addCard: asGiven,
  chooseCard: asGiven,
  openCard: asGiven,
}

const ADDED: readonly [version: string, calls: Readonly<Record<string, Parameters>>][] = [
  ['1.1.0', { startSearchBeacons: asGiven, stopSearchBeacons: nothing }],
  [
    '1.2.0',
    {
      openAddress: nothing,
      openEnterpriseChat: asGiven,
      openEnterpriseRedPacket: asGiven,
      consumeAndShareCard: asGiven,
      getLocalImgData: only('localId'),
    },
  ],
  [
    '1.3.2',
    {
      launchMiniProgram: ({ targetAppId, path, envVersion }) => ({
        targetAppId,
        path: typeof path === 'string' ? path.replace(/^[^?]+/, '$&.html') : path,
        envVersion,
      }),
    },
  ],
  [
    '1.4.0',
    {
      updateAppMessageShareData: only('title', 'desc', 'link', 'imgUrl'),
      updateTimelineShareData: only('title', 'link', 'imgUrl'),
    },
  ],
  ['1.6.0', { openBusinessView: only('businessType', 'queryString', 'envVersion') }],
]

/** The calls that a version has, by page name. */
export function callsOf(version: string): Record<string, Parameters> {
  const added = ADDED.filter(([since]) => isAtLeast(version, since)).map(([, calls]) => calls)
  return Object.assign({}, EVERY_VERSION, ...added)
}

/** Versions here have one digit in each place, so that texts compare as numbers do. */
export function isAtLeast(version: string, since: string): boolean {
  return version >= since
}

export interface Share {
  /** What the bridge is asked once the person chose to share. */
  method: string
  parameters(options: Options, page: { title: string; url: string }): Options
}

const toFriends: Share['parameters'] = ({ title, desc, link, imgUrl, type, dataUrl }, page) => ({
  title: title || page.title,
  desc: desc || '',
  link: link || page.url,
  img_url: imgUrl || '',
  type: type || 'link',
  data_url: dataUrl || '',
})

/** Sharing by the menu: the page waits for the event, then the bridge is asked. */
export const SHARES: Readonly<Record<string, Share>> = {
  onMenuShareTimeline: {
    method: 'shareTimeline',
    parameters: (options, page) => ({
      ...toFriends({ ...options, type: 'link' }, page),
      desc: options['title'] || page.title,
    }),
  },
  onMenuShareAppMessage: { method: 'sendAppMessage', parameters: toFriends },
  onMenuShareQQ: { method: 'shareQQ', parameters: toFriends },
  onMenuShareWeibo: { method: 'shareWeiboApp', parameters: toFriends },
  onMenuShareQZone: { method: 'shareQZone', parameters: toFriends },
}
