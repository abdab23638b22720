/**
 * Returns the smallest distance between two colors for people who see no red, no green, or no blue, and for all others.
 * Matrices for full severity: Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency",
 * 2009, https://www.inf.ufrgs.br/~oliveira/pubs_files/CVD_Simulation/CVD_Simulation.html; the distance is that of CIE76 in CIELAB (D65).
 */
const VISIONS = [
  [1, 0, 0, 0, 1, 0, 0, 0, 1],
  [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
];

export function leastDistance(one: string, other: string): number {
  return Math.min(...VISIONS.map(vision => {
    const [left, right] = [one, other].map(colour => lab(seen(linear(colour), vision)));
    return Math.hypot(...left.map((value, index) => value - right[index]));
  }));
}

function linear(hex: string): number[] {
  return [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map(share => share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4);
}

function seen(rgb: number[], vision: number[]): number[] {
  return [0, 3, 6].map(row => Math.max(0, Math.min(1, rgb.reduce((sum, channel, index) => sum + channel * vision[row + index], 0))));
}

function lab([red, green, blue]: number[]): number[] {
  const [x, y, z] = [
    (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047,
    0.2126 * red + 0.7152 * green + 0.0722 * blue,
    (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883,
  ].map(value => value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
