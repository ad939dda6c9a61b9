package pace

// The parts of the mappings, for a chip's end in the tests.
var (
	Mapped       = mapped
	Pseudorandom = pseudorandom
	NonceLen     = nonceLen
)

// CAMData is the decrypted chip authentication data.
func CAMData(p *CAMProof) []byte { return p.data }
