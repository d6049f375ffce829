// The map's projection: Equal Earth, which shows areas as they are.
// B. Šavrič, T. Patterson, B. Jenny, The Equal Earth map projection, 2019.

const A = [1.340264, -0.081106, 0.000893, 0.003796];
const HALF = Math.sqrt(3) / 2;
const SCALE = 180; // units per radian at the equator, about

/** Width and height of the map; what lies south of 58° is cut off. */
export const width = 976;
export const height = 436;

const TOP = 242;

/** Where a place is on the map. */
export function project(longitude, latitude) {
  const sine = HALF * Math.sin((latitude * Math.PI) / 180);
  const t = Math.asin(sine);
  const t2 = t * t;
  const t6 = t2 * t2 * t2;
  const slope = A[0] + 3 * A[1] * t2 + t6 * (7 * A[2] + 9 * A[3] * t2);
  const x = (((longitude * Math.PI) / 180) * Math.cos(t)) / (HALF * slope);
  const y = t * (A[0] + A[1] * t2 + t6 * (A[2] + A[3] * t2));
  return { x: width / 2 + SCALE * x, y: TOP - SCALE * y };
}
