package input

// Event types.
const (
	Syn = 0x00
	Key = 0x01
	Rel = 0x02
	Abs = 0x03
	Msc = 0x04
	Led = 0x11
	Rep = 0x14
)

// Codes of Syn.
const (
	SynReport  = 0 // the end of what happened at one time
	SynDropped = 3 // events were lost
)

// MscScan is what the device itself calls the key of which an event follows.
const MscScan = 4

// Buttons of pointing devices.
const (
	BtnLeft  = 0x110 // absolute pointers such as a virtual machine's tablet
	BtnTouch = 0x14A
)

// Values of Key events.
const (
	Released = 0
	Pressed  = 1
	Repeated = 2
)

// Absolute axes.
const (
	AbsX          = 0x00
	AbsY          = 0x01
	AbsSlot       = 0x2F
	AbsMultiX     = 0x35
	AbsMultiY     = 0x36
	AbsToolType   = 0x37
	AbsTrackingID = 0x39

	absCount = 0x40
)

// ToolPalm is the tool type of a contact that is no finger.
const ToolPalm = 2

// MaxSlots bounds what a multitouch device may claim; panels have ten.
const MaxSlots = 64

const keyCount = 0x300
