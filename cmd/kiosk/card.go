package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"time"

	"tram06/firmware/cccd"
	"tram06/firmware/health"
	"tram06/firmware/kiosk"
	"tram06/firmware/person"
	"tram06/firmware/session"
	"tram06/hal"
)

// stages of a reading, as the chip's package and the session name them.
var stages = map[cccd.Stage]session.Stage{
	cccd.Opening: session.Opening, cccd.Names: session.Names, cccd.Security: session.Checking, cccd.Proving: session.Checking,
	cccd.Photo: session.Photo, cccd.Checking: session.Photo,
}

// readCard reads a chip for the loop and logs how it went, nothing of whom.
func readCard(log *slog.Logger, trusted *authorities) kiosk.ReadCard {
	var known lengths
	return func(ctx context.Context, card hal.Card, key kiosk.CardKey, progress func(session.CardProgress)) (person.Person, error) {
		short := known.short()
		r, err := cccd.Read(ctx, card, cccd.Access{QR: key.QR, CAN: key.Number}, cccd.Options{
			Rand: rand.Reader, Now: time.Now, Trust: trusted.current(), ShortOnly: short,
			Progress: func(s cccd.Step) {
				progress(session.CardProgress{Stage: stages[s.Stage], SoFar: session.SoFar{Name: s.Person.Name, Done: s.Done, Total: s.Total}})
			},
		})
		if known.note(r.Report, short) {
			log.Warn("the card reader does not carry extended APDUs: reading takes longer from now on")
		}
		logCard(log, r.Report, err == nil)
		return r.Person, err
	}
}

// logCard writes down how a reading went: protocols, verdicts and figures.
func logCard(log *slog.Logger, r cccd.Report, ok bool) {
	attrs := []any{"access", r.Access, "password", r.Password, "variant", r.Variant, "tries", r.Tries, "downgraded", r.Downgraded,
		"hashes", r.Hashes, "signature", r.Signature, "chain", r.Chain, "chip", r.Chip, "chip_by", r.ChipBy, "withheld", r.Withheld,
		"apdus", r.APDUs, "bytes", r.Received, "extended", r.Extended, "ms", r.Total().Milliseconds()}
	for _, p := range r.Phases {
		attrs = append(attrs, p.Name+"_ms", p.Took.Milliseconds())
	}
	log.Info("chip", append(attrs, "ok", ok)...)
	for _, why := range r.Reasons {
		log.Info("chip proof", "reason", why)
	}
	if r.Downgraded {
		log.Warn("chip opened in a weaker way than its signed data offer", "code", health.Downgraded)
	}
}

// parseScan turns a code into an event. Of one that a keyboard's keys could not
// carry whole only the digits are believed, which open the chip: a name without
// its Vietnamese letters shows nowhere that it is not the citizen's.
func parseScan(scan hal.Scan) session.Event {
	qr, err := cccd.ParseQR(scan.Data)
	switch {
	case errors.Is(err, cccd.ErrGarbage):
		return session.ScanRejected{Code: health.ScanGarbage}
	case err != nil:
		return session.ScanRejected{Code: health.ScanNotCard}
	}
	if scan.Lossy {
		qr.Name, qr.Residence, qr.Extra = "", "", nil
	}
	return session.Scanned{QR: qr}
}
