package cccd

import (
	"errors"
	"fmt"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/bac"
	"tram06/firmware/emrtd/pace"
	"tram06/firmware/emrtd/sm"
)

// application is the AID of travel documents and ID cards.
var application = []byte{0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01}

const cardAccessFile = 0x011C

// open gains access to the chip: PACE with the CAN, before or after the
// application is selected, else BAC with the expiry dates that the QR allows.
func (r *reading) open() error {
	can := r.access.CAN
	if can == "" && r.access.QR != nil {
		can = r.access.QR.CAN()
	}
	plain := apdu.Plain{Transmitter: r.wire}
	info, offered, err := r.paceInfo(plain)
	if err != nil {
		return err
	}
	refused := false // some key was wrong
	if offered && can != "" {
		again, err := r.pace(plain, info, can)
		if err == nil {
			return r.selectApplication(r.card)
		}
		if !again && !isKeyError(err) {
			return err
		}
		refused = isKeyError(err)
		if err := r.selectApplication(plain); err != nil {
			return err
		}
		// A card gets one guess at its CAN each time it is laid down: some
		// are said to lock. Being refused before the guess costs nothing.
		if again {
			if again, err = r.pace(plain, info, can); err == nil {
				return r.selectApplication(r.card)
			}
			if !again && !isKeyError(err) {
				return err
			}
			refused = isKeyError(err)
		}
	} else if err := r.selectApplication(plain); err != nil {
		return err
	}
	return r.basic(plain, refused)
}

func isKeyError(err error) bool {
	return errors.Is(err, pace.ErrPassword) || errors.Is(err, pace.ErrBlocked)
}

// paceInfo asks the chip how it wants PACE run. Chips differ in whether and how
// they let the file be read, so a refusal means the contents known of old.
func (r *reading) paceInfo(s apdu.Sender) (info pace.Info, offered bool, err error) {
	file := BuiltinCardAccess()
	if b, err := r.cardAccess(s); err == nil {
		if _, err := pace.ParseCardAccess(b); err == nil {
			file = b
		}
	}
	if r.wire.err != nil {
		return pace.Info{}, false, r.wire.err
	}
	infos, err := pace.ParseCardAccess(file)
	if err != nil {
		return pace.Info{}, false, err
	}
	info, err = pace.Choose(infos)
	return info, err == nil, nil
}

func (r *reading) cardAccess(s apdu.Sender) ([]byte, error) {
	_, err := s.Send(r.ctx, apdu.Command{INS: apdu.InsSelect, P1: 0x02, P2: 0x0C, Data: []byte{cardAccessFile >> 8, cardAccessFile & 0xFF}})
	if err != nil {
		return nil, err
	}
	answer, err := s.Send(r.ctx, apdu.Command{INS: apdu.InsReadBinary, Ne: apdu.MaxShort})
	return answer.Data, err
}

// pace tries the CAN once. again tells that the chip would not even begin, so
// that it may be asked once more at another place.
func (r *reading) pace(s apdu.Sender, info pace.Info, can string) (again bool, err error) {
	pw, err := pace.CAN(can)
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrAccess, err)
	}
	defer pw.Wipe()
	r.report.Tries++
	session, err := pace.Authenticate(r.ctx, s, info, pw, r.options.Rand)
	if err != nil {
		if r.wire.err != nil {
			return false, r.wire.err
		}
		return errors.Is(err, pace.ErrRefused), err
	}
	r.secure(AccessPACEGM, PasswordCAN, session)
	return false, nil
}

func (r *reading) secure(protocol, password string, s *sm.Session) {
	r.report.Access, r.report.Password = protocol, password
	r.card = &sm.Channel{Transmitter: r.wire, Session: s}
}

// selectApplication tells a card that is none of ours from one that is out of
// order.
func (r *reading) selectApplication(s apdu.Sender) error {
	_, err := s.Send(r.ctx, apdu.Command{INS: apdu.InsSelect, P1: 0x04, P2: 0x0C, Data: application})
	switch {
	case err == nil:
		return nil
	case apdu.IsStatus(err, apdu.SWSecurityStatus, apdu.SWConditions):
		return fmt.Errorf("%w: select the application: %w", ErrChip, err)
	case apdu.IsStatus(err):
		return fmt.Errorf("%w: %w", ErrNotIDCard, err)
	}
	return fmt.Errorf("select the application: %w", err)
}

// basic runs BAC with one expiry date after the other. Chips are not known to
// count the misses.
func (r *reading) basic(s apdu.Sender, refused bool) error {
	var last error
	var candidates []string
	if r.access.QR != nil {
		candidates = r.access.QR.MRZInformation()
	}
	for _, info := range candidates {
		k := bac.NewKeys(info)
		r.report.Tries++
		session, err := bac.Authenticate(r.ctx, s, k, r.options.Rand)
		k.Wipe()
		if err == nil {
			r.secure(AccessBAC, PasswordMRZ, session)
			return nil
		}
		if r.wire.err != nil {
			return r.wire.err
		}
		last = err
		if !errors.Is(err, bac.ErrAccess) {
			break // no BAC on this chip, or no chip that keeps to it
		}
		refused = true
	}
	tried := fmt.Sprintf("%d keys", r.report.Tries)
	switch {
	case refused || last == nil && r.report.Tries == 0:
		return fmt.Errorf("%w: %s", ErrAccess, tried)
	case last != nil:
		return fmt.Errorf("%w: %s: %w", ErrChip, tried, last)
	}
	return fmt.Errorf("%w: PACE refused, no data for BAC", ErrChip)
}
