export const x: number = 41
document.title = String(x + 1)
