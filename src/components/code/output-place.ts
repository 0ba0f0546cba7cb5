/** Stands below each block of a step's solution, where `Step` puts what the block printed. */
export const OUTPUT_PLACE = '<!--output-->';
