package cccd

import (
	"errors"
	"fmt"

	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/bac"
	"tram06/firmware/emrtd/lds"
	"tram06/firmware/emrtd/pace"
	"tram06/firmware/emrtd/sm"
)

// opening is one attempt to gain access, from a card that was just laid down or
// whose secure messaging is over.
type opening struct {
	*reading
	plain apdu.Plain
	pw    passwords

	info     pace.Info // variant of PACE that is tried next
	offered  bool      // there is one
	wrongKey bool      // a password was judged and found wrong
	triedMRZ bool      // by PACE, the likeliest one
	noBasic  bool      // the chip does not run BAC
	refusal  error     // what else kept us out
}

// open gains access to the chip: PACE before the application is selected, or
// else after it; BAC where the chip does not run PACE or did not like the CAN;
// PACE with the MRZ where there is no BAC either.
//
// The commands are the fewest: the chip is not asked which variant of PACE it
// wants, because nearly every card here wants the same one. Only after it has
// refused that is its EF.CardAccess read.
func (r *reading) open() error {
	r.shut()
	pw, err := r.access.passwords()
	if err != nil {
		return err
	}
	o := &opening{reading: r, plain: apdu.Plain{Transmitter: r.wire}, pw: pw}
	if pw.can == "" && len(pw.mrz) == 0 {
		// Whether it is an ID card at all can still be told.
		if err := r.selectApplication(o.plain); err != nil {
			return err
		}
		return fmt.Errorf("%w: no password is known", ErrAccess)
	}
	if r.way != nil {
		return o.again(*r.way)
	}
	usual, err := pace.ParseCardAccess(BuiltinCardAccess())
	if err != nil {
		return err
	}
	o.choose(usual)
	for _, way := range []func() (bool, error){o.outside, o.inside, o.basic, o.paceWithMRZ} {
		if done, err := way(); done || err != nil {
			return err
		}
	}
	return o.failed()
}

// way is how the chip was opened, should it have to be opened again.
type way struct {
	info     pace.Info
	password string // PasswordCAN or PasswordMRZ, with its value
	value    string
	basic    bool
}

// again opens the chip as it was opened before. Where it stands by now is not
// known, and chips differ in where they want what.
func (o *opening) again(w way) error {
	o.info, o.offered, o.pw.mrz = w.info, true, []string{w.value}
	pace := func() (bool, error) { return o.pace(w.password, w.value) }
	ways := []func() (bool, error){
		pace,
		func() (bool, error) { return false, o.selectMaster(o.plain) }, pace,
		func() (bool, error) { return false, o.selectApplication(o.plain) }, pace,
	}
	if w.basic {
		ways = []func() (bool, error){func() (bool, error) { return false, o.selectApplication(o.plain) }, o.basic}
	}
	for _, next := range ways {
		if done, err := next(); done || err != nil {
			return err
		}
		if o.wrongKey {
			break // it was right before, and a card must not be asked twice
		}
	}
	return o.failed()
}

// selectMaster goes back to the master file. Its selection may be refused, which
// the next answer tells.
func (o *opening) selectMaster(s apdu.Sender) error {
	if _, err := s.Send(o.ctx, apdu.Command{INS: apdu.InsSelect, P2: 0x0C}); sm.Broken(err) {
		return err
	}
	return o.wire.err
}

func (o *opening) choose(infos []pace.Info) {
	info, err := pace.Choose(infos)
	if o.offered = err == nil; o.offered {
		o.info = info
	}
}

// basicFirst: whoever measures or repairs wants to see BAC, and can have it.
func (o *opening) basicFirst() bool { return o.options.BACFirst && len(o.pw.mrz) > 0 }

// outside runs PACE before the application is selected, with the variant known
// of old, and if the chip refuses that, with the strongest that it offers.
func (o *opening) outside() (done bool, err error) {
	if o.basicFirst() || !o.offered {
		return false, nil
	}
	done, err = o.first()
	if done || err != nil || o.wrongKey {
		return done, err
	}
	b, err := o.cardAccess()
	if err != nil {
		return false, o.wire.err // whatever it says: the chip may still be of the usual kind
	}
	own, err := pace.ParseCardAccess(b)
	if err != nil {
		o.reason("EF.CardAccess cannot be read: %v", err)
		return false, nil
	}
	refused := o.info
	o.asked, o.told = true, own
	if o.choose(own); !o.offered || same(o.info, refused) {
		return false, nil
	}
	return o.first()
}

func same(a, b pace.Info) bool {
	return a.Protocol.Equal(b.Protocol) && a.ParameterID == b.ParameterID
}

// inside selects the application and runs PACE there: some chips want it so. A
// card gets one guess at its CAN each time it is laid down, because some are
// said to lock. Being refused before the guess costs nothing.
func (o *opening) inside() (done bool, err error) {
	if err := o.selectApplication(o.plain); err != nil {
		return false, err
	}
	if o.basicFirst() || !o.offered || o.wrongKey {
		return false, nil
	}
	return o.first()
}

// first runs PACE with the CAN, or with the MRZ if that is all there is or if
// the chip knows of no CAN.
func (o *opening) first() (done bool, err error) {
	if o.pw.can != "" {
		o.refusal = nil
		done, err = o.pace(PasswordCAN, o.pw.can)
		if done || err != nil || len(o.pw.mrz) == 0 || !apdu.IsStatus(o.refusal, apdu.SWReferenceNotFound) {
			return done, err
		}
	}
	return o.pace(PasswordMRZ, o.pw.mrz[0])
}

// pace tries one password once.
func (o *opening) pace(kind, value string) (done bool, err error) {
	pw := pace.MRZ(value)
	if kind == PasswordCAN {
		if pw, err = pace.CAN(value); err != nil {
			return false, fmt.Errorf("%w: %w", ErrAccess, err)
		}
	}
	defer pw.Wipe()
	result, err := pace.Run(o.ctx, o.plain, o.info, pw, o.options.Rand)
	switch {
	case err == nil:
		o.report.Tries++
		o.secure("pace-"+o.info.Mapping(), kind, o.info.Variant(), result.Session)
		o.way = &way{info: o.info, password: kind, value: value}
		if result.CAM != nil {
			o.cam = result.CAM
		}
		again, err := o.cardSecurity()
		if err != nil {
			return false, err
		}
		if again {
			return o.pace(kind, value)
		}
		return true, o.selectApplication(o.card)
	case o.wire.err != nil:
		return false, o.wire.err
	case errors.Is(err, pace.ErrPassword), errors.Is(err, pace.ErrBlocked):
		o.report.Tries++
		o.wrongKey = true
		o.triedMRZ = o.triedMRZ || kind == PasswordMRZ
		return false, nil
	}
	// Refused, or a chip that stumbles: there may be another way in.
	o.refusal = err
	return false, nil
}

// basic runs BAC with one expiry date after the other. Chips are not known to
// count the misses.
func (o *opening) basic() (done bool, err error) {
	for _, info := range o.pw.mrz {
		k := bac.NewKeys(info)
		session, err := bac.Authenticate(o.ctx, o.plain, k, o.options.Rand)
		k.Wipe()
		switch {
		case err == nil:
			o.report.Tries++
			o.secure(AccessBAC, PasswordMRZ, session.Suite().String(), session)
			o.paceRefused = o.paceRefused || o.way == nil && !o.wrongKey && !o.basicFirst()
			o.way = &way{password: PasswordMRZ, value: info, basic: true}
			return true, nil
		case o.wire.err != nil:
			return false, o.wire.err
		case !errors.Is(err, bac.ErrAccess):
			o.refusal, o.noBasic = err, true
			return false, nil
		}
		o.report.Tries++
		o.wrongKey = true
	}
	return false, nil
}

// paceWithMRZ is for chips without BAC whose CAN is not what it should be.
func (o *opening) paceWithMRZ() (done bool, err error) {
	if !o.offered || !o.noBasic {
		return false, nil // the MRZ was judged by BAC
	}
	for i, info := range o.pw.mrz {
		if i == 0 && o.triedMRZ {
			continue
		}
		o.refusal = nil
		if done, err = o.pace(PasswordMRZ, info); o.refusal != nil && err == nil {
			if err := o.selectMaster(o.plain); err != nil { // most chips run PACE only there
				return false, err
			}
			o.refusal = nil
			done, err = o.pace(PasswordMRZ, info)
		}
		if done || err != nil || o.refusal != nil {
			return done, err
		}
	}
	return false, nil
}

// failed says why no way led in: a wrong password is what people can mend.
func (o *opening) failed() error {
	tried := fmt.Sprintf("%d passwords", o.report.Tries)
	if o.wrongKey || o.refusal == nil {
		return fmt.Errorf("%w: %s", ErrAccess, tried)
	}
	return fmt.Errorf("%w: %s: %w", ErrChip, tried, o.refusal)
}

// cardAccess asks the chip how it wants PACE run.
func (o *opening) cardAccess() ([]byte, error) {
	r := lds.NewReader(o.plain, lds.Options{ShortOnly: true})
	b, err := r.ReadSelected(o.ctx, lds.CardAccess)
	if err == nil {
		o.add(lds.CardAccess, len(b))
	}
	return b, err
}

// cardSecurity reads the file with the signed key for the proof that PACE with
// chip authentication mapping gave. It is in the master file, and is read before
// the application is selected. again says that the chip must be opened anew.
func (o *opening) cardSecurity() (again bool, err error) {
	if o.cam == nil || o.cardSigned != nil {
		return false, nil
	}
	b, err := o.reader.Read(o.ctx, lds.CardSecurity)
	if err != nil && o.wire.err == nil && !sm.Broken(err) {
		// Another file of this number is in the application, where PACE may
		// have been run.
		if err = o.selectMaster(o.card); err == nil {
			b, err = o.reader.Read(o.ctx, lds.CardSecurity)
		}
	}
	switch {
	case err == nil:
		o.add(lds.CardSecurity, len(b))
		o.cardSigned, o.whole = b, true
	case o.wire.err != nil:
		return false, o.wire.err
	case sm.Broken(err) && o.tooLong():
		return true, nil
	case sm.Broken(err):
		return false, err
	default:
		o.reason("EF.CardSecurity: %v", err)
	}
	return false, nil
}

// selectApplication tells a card that is none of ours from one that is out of
// order.
func (r *reading) selectApplication(s apdu.Sender) error {
	err := lds.Select(r.ctx, s)
	switch {
	case err == nil:
		return nil
	case apdu.IsStatus(err, apdu.SWSecurityStatus, apdu.SWConditions):
		return fmt.Errorf("%w: %w", ErrChip, err)
	case apdu.IsStatus(err):
		return fmt.Errorf("%w: %w", ErrNotIDCard, err)
	}
	return err
}
