/** The light of each picture: sky from top to horizon, sun, and three ranges of mountains from far to near. */
export interface Palette {
  sky: readonly [top: string, horizon: string]
  sun: string
  ranges: readonly [far: string, middle: string, near: string]
  table: string
}

const DAWN: Palette = {
  sky: ['#f2eee2', '#ddd9c6'],
  sun: '#fbf8ee',
  ranges: ['#c9c7b1', '#aead94', '#93947b'],
  table: '#e9e3d3',
}

const PALETTES: Record<string, Palette> = {
  longjing: {
    sky: ['#eef3e2', '#d3e0c2'],
    sun: '#fdfae3',
    ranges: ['#b9cea7', '#96b388', '#76976c'],
    table: '#e6e8d3',
  },
  xiaozhong: {
    sky: ['#f8e7d3', '#eec7a4'],
    sun: '#f2a06a',
    ranges: ['#dcaa85', '#bf7f5c', '#9c5c43'],
    table: '#ecd5bd',
  },
  shoumei: {
    sky: ['#f3efe6', '#dfd6c5'],
    sun: '#fffaf0',
    ranges: ['#cbc1ac', '#aea28a', '#92866d'],
    table: '#e8dfcd',
  },
  guihua: {
    sky: ['#fdf3d4', '#f4da97'],
    sun: '#fffbe9',
    ranges: ['#e6c06c', '#cba149', '#a98137'],
    table: '#f3e3b6',
  },
  gaiwan: {
    sky: ['#e9eef0', '#cbd7da'],
    sun: '#f9fbfb',
    ranges: ['#aebfc3', '#8ca1a7', '#6f868d'],
    table: '#dde3e1',
  },
  sampler: {
    sky: ['#f7e8e3', '#ebccc0'],
    sun: '#fdf6f1',
    ranges: ['#d9ab9b', '#bf8a79', '#a06d5f'],
    table: '#efdad0',
  },
}

/** The palette of a product; dawn over grey hills for one that has none. */
export function paletteOf(productId: string): Palette {
  return PALETTES[productId] ?? DAWN
}
