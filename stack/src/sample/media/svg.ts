import { between, type Random } from '../random.ts'

/** A valid SVG of a few circles, with a size, a view box and `label` (free of markup) as its title. */
export const svg = (random: Random, label: string): Buffer => {
  const side = between(random, 16, 64)
  const circles = Array.from({ length: between(random, 3, 8) }, () => {
    const colour = between(random, 0, 0xffffff).toString(16).padStart(6, '0')
    const [x, y, radius] = [between(random, 0, side), between(random, 0, side), between(random, 1, side / 2)]
    return `<circle cx="${x}" cy="${y}" r="${radius}" fill="#${colour}"/>`
  })
  const size = `width="${side}" height="${side}" viewBox="0 0 ${side} ${side}"`
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" ${size}><title>${label}</title>${circles.join('')}</svg>\n`,
  )
}
