/** The page's right to use the JSSDK: `wx.config` for pages of this site, and for no others. */
import type { OfficialAccount } from '@shouyin/wechat'
import type { PageConfiguration } from './contract.ts'
import { PublicFault } from './public-error.ts'
import type { Site } from './site.ts'

/**
 * `url` byte for byte as the page's `location.href`. Throws `foreign_url` for any other origin, port and scheme included:
 * whoever holds a signature uses the JSSDK in this account's name.
 */
export async function configurationOf(
  url: string,
  { site, officialAccount }: { site: Site; officialAccount: OfficialAccount },
): Promise<PageConfiguration> {
  if (!site.owns(url)) throw new PublicFault('foreign_url', `only pages below ${site.origin}/ are signed`)
  return officialAccount.pageConfiguration({ url, jsApiList: ['chooseWXPay', 'checkJsApi'] })
}
