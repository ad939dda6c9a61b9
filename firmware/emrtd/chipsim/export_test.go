package chipsim

import "tram06/firmware/emrtd/brainpool"

// Brainpool is arithmetic other than the chip's, for the tests' terminal.
func Brainpool() *brainpool.Curve { return brainpool.P256r1() }
