package pace

// The parts of the mappings, for a chip's end in the tests.
var (
	Mapped       = mapped
	Pseudorandom = pseudorandom
	NonceLen     = nonceLen
)
