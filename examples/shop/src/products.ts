/** What the shop sells. Prices live here, on the server, and nowhere else. */
import type { Product } from './contract.ts'

export const products: readonly Product[] = [
  {
    id: 'longjing',
    name: '明前龙井',
    tagline: '杭州梅家坞 · 清明前头采',
    story:
      '三月末的头一茬嫩芽，当天采、当天炒。八十五度的水，看它在杯中一叶一叶站起来，先是豆香，后是兰香，凉了也还是甜的。',
    unit: '罐 · 50 克',
    priceFen: 12_800,
  },
  {
    id: 'xiaozhong',
    name: '正山小种',
    tagline: '武夷桐木 · 马尾松熏焙',
    story:
      '桐木关海拔千米的老茶树，用马尾松慢慢熏足十二个小时。汤色如琥珀，松烟过后是桂圆干的甜，雨天里最想喝的一杯。',
    unit: '罐 · 80 克',
    priceFen: 8_800,
  },
  {
    id: 'shoumei',
    name: '老寿眉茶饼',
    tagline: '福鼎 · 存放六年',
    story:
      '晒干、压饼，然后交给时间。六年之后，青气退尽，煮出来是红枣与粽叶的香，一家人围炉，从午后喝到掌灯。',
    unit: '饼 · 300 克',
    priceFen: 19_800,
  },
  {
    id: 'guihua',
    name: '桂花乌龙',
    tagline: '安溪 · 金桂三窨',
    story: '秋天的金桂只开十天，一层茶、一层花，反复窨上三回，再把花一朵朵拣去。只留香气，泡到第五道还在。',
    unit: '袋 · 12 包',
    priceFen: 4_600,
  },
  {
    id: 'gaiwan',
    name: '粗陶盖碗',
    tagline: '德化 · 手拉坯 150 毫升',
    story:
      '山里的陶土，柴窑烧成，釉色落在哪里全看那天的火。口沿外撇，不烫手；盖子轻轻一拨，正好听见一声脆响。',
    unit: '只 · 手作',
    priceFen: 16_800,
  },
  {
    id: 'sampler',
    name: '一分钱茶样',
    tagline: '当季新茶 · 随缘一泡',
    story: '第一次来，不知道选什么？寄一泡当季的茶给你，只收一分钱。喝着喜欢，再来慢慢挑。',
    unit: '份 · 5 克',
    priceFen: 1,
  },
]
