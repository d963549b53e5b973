/** How often a secret of six digits may be guessed: what holds for codes holds for PINs. */
export const freeAttempts = 5;
/** Seconds to wait after the fifth, sixth, ... wrong attempt. */
export const attemptWaitsS = [60, 300, 1800, 7200, 43_200];
