/** Where two texts part. */

export interface Parted {
  /** The same in both. */
  common: string
  left: string
  right: string
}

/** Splits two texts at their first difference; `left` and `right` are both empty when there is none. */
export function partAtFirstDifference(left: string, right: string): Parted {
  const [leftSigns, rightSigns] = [[...left], [...right]]
  const shorter = Math.min(leftSigns.length, rightSigns.length)
  let same = 0
  while (same < shorter && leftSigns[same] === rightSigns[same]) same += 1
  return {
    common: leftSigns.slice(0, same).join(''),
    left: leftSigns.slice(same).join(''),
    right: rightSigns.slice(same).join(''),
  }
}
