package hal

// Identity is what a device tells about itself. What it does not tell is "";
// what is there has no control characters and at most MaxIdentity bytes each.
type Identity struct {
	Maker, Model, Serial, Firmware string
}

// MaxIdentity bounds each part of an Identity.
const MaxIdentity = 80

// Identified is a device that can tell what it is. Not every one can: ask with
// a type assertion.
type Identified interface {
	Device
	// Identity does no I/O: the driver asks once, as soon as the device is open
	// and has nothing else to do. What it did not answer stays empty.
	Identity() Identity
}
