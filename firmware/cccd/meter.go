package cccd

import (
	"context"
	"fmt"

	"tram06/firmware/emrtd/apdu"
)

// meter counts what goes over the wire and remembers its first error, so that
// a card torn off is never taken for one that breaks the protocol.
type meter struct {
	next   apdu.Transmitter
	report *Report
	err    error
	// extended: the last command that was tried had extended lengths.
	extended bool
}

var _ apdu.Transmitter = (*meter)(nil)

// maxAPDUs is a hundred times what a reading takes. A chip that gives every
// answer in pieces of a byte would have us there for hours.
const maxAPDUs = 10000

// Transmit implements apdu.Transmitter.
func (m *meter) Transmit(ctx context.Context, cmd []byte) ([]byte, error) {
	if m.err != nil {
		return nil, m.err
	}
	if err := ctx.Err(); err != nil {
		m.err = fmt.Errorf("reading called off: %w", err)
		return nil, m.err
	}
	if m.report.APDUs >= maxAPDUs {
		m.err = fmt.Errorf("%w: no end after %d commands", ErrChip, m.report.APDUs)
		return nil, m.err
	}
	m.extended = len(cmd) > 5 && cmd[4] == 0
	out, err := m.next.Transmit(ctx, cmd)
	if apdu.IsTooLong(err) {
		return nil, err // the card has seen nothing of it, and lies there still
	}
	if err != nil {
		m.err = err
		return nil, err
	}
	m.report.APDUs++
	m.report.Sent += len(cmd)
	m.report.Received += len(out)
	return out, nil
}
