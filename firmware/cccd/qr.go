package cccd

// QR is what the code on the card says. It is not signed: a hint of identity
// and the key to the chip. Dates are dd/mm/yyyy.
type QR struct {
	Number    string // personal ID number, 12 digits
	OldNumber string // CMND, 9 or 12 digits, may be empty
	Name      string // NFC
	Birth     string
	Sex       string // "Nam" or "Nữ"
	Residence string
	Issued    string
	Extra     []string // further fields, as scanned
}

// String keeps a scanned card out of every log by accident.
func (QR) String() string { return "cccd.QR" }

// GoString does the same for %#v.
func (QR) GoString() string { return "cccd.QR" }

// MarshalText does the same for JSON, and for slog, which writes it.
func (q QR) MarshalText() ([]byte, error) { return []byte(q.String()), nil }
