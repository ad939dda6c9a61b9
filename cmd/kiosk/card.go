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
	cccd.Opening: session.Opening, cccd.Names: session.Names, cccd.Photo: session.Photo, cccd.Checking: session.Checking,
}

// readCard reads a chip for the loop and logs how it went, nothing of whom.
func readCard(log *slog.Logger) kiosk.ReadCard {
	return func(ctx context.Context, card hal.Card, key kiosk.CardKey, stage func(session.Stage)) (person.Person, error) {
		began := time.Now()
		r, err := cccd.Read(ctx, card, cccd.Access{QR: key.QR, CAN: key.Number}, cccd.Options{
			Rand: rand.Reader, Now: time.Now,
			Progress: func(s cccd.Stage, _ person.Person) { stage(stages[s]) },
		})
		s := r.Stats
		log.Info("chip", "protocol", s.Protocol, "tries", s.Tries, "apdus", s.APDUs, "bytes", s.Received,
			"ms", time.Since(began).Milliseconds(), "opening_ms", s.Opening.Milliseconds(), "names_ms", s.Names.Milliseconds(),
			"photo_ms", s.Photo.Milliseconds(), "checking_ms", s.Checking.Milliseconds(), "ok", err == nil)
		return r.Person, err
	}
}

// parseScan turns a code into an event.
func parseScan(raw []byte) session.Event {
	qr, err := cccd.ParseQR(raw)
	switch {
	case errors.Is(err, cccd.ErrGarbage):
		return session.ScanRejected{Code: health.ScanGarbage}
	case err != nil:
		return session.ScanRejected{Code: health.ScanNotCard}
	}
	return session.Scanned{QR: qr}
}
