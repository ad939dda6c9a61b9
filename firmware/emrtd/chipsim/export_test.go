package chipsim

import "tram06/firmware/emrtd/brainpool"

// Brainpool is the chip's arithmetic, for the tests' terminal.
func Brainpool() *brainpool.Curve { return curve() }
