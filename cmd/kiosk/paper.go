package main

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"tram06/firmware/calendar"
	"tram06/firmware/config"
	"tram06/firmware/health"
	"tram06/firmware/kiosk"
	"tram06/firmware/receipt"
	"tram06/firmware/service"
	"tram06/firmware/session"
	"tram06/firmware/submit"
	"tram06/fonts"
	"tram06/hal"
)

// offered gives the services of this site that are in force. One that is not
// is left out and logged; without any the kiosk would serve nobody.
func offered(site config.Site, log *slog.Logger) ([]service.Service, error) {
	all, err := service.Load(service.Builtin())
	if err != nil {
		return nil, err
	}
	list, err := service.Offered(all, site.Services, time.Now())
	if len(list) == 0 {
		return nil, configError{coded{health.ConfigValue, fmt.Errorf("site.yaml: services: none of them is in force today: %w", err)}}
	}
	if err != nil {
		log.Warn("services left out", "err", err)
	}
	return list, nil
}

// newMachine sets up the session as the site wants it.
func newMachine(site config.Site, services []service.Service, cal *calendar.Calendar) *session.Machine {
	t := site.Timeouts
	limits := session.DefaultTimeouts()
	limits.Idle, limits.Warn, limits.CardTaken = t.Idle.Duration(), t.Warn.Duration(), t.CardTaken.Duration()
	limits.Done, limits.SendWait = t.Done.Duration(), t.SendWait.Duration()
	return session.New(session.Config{
		Languages: site.Languages, Services: services, Timeouts: limits,
		Due: func(from time.Time, days int) time.Time {
			at, err := cal.AddWorkingDays(from, days)
			if err != nil {
				return time.Time{} // a year whose holidays nobody has entered: no promise
			}
			return at
		},
	})
}

// A service that asks how its result is to be handed over names the step and
// the answer like this.
const (
	resultStep = "result"
	byVNeID    = "vneid"
)

var outcomes = map[session.Outcome]receipt.Outcome{
	session.Accepted: receipt.Accepted, session.Kept: receipt.Kept, session.Rejected: receipt.Rejected,
}

// newCompose makes receipts, signed by the device's key.
func newCompose(site config.Site, services []service.Service, id submit.Identity) (kiosk.Compose, error) {
	set, err := receipt.ParseFonts(fonts.Regular, fonts.Bold)
	if err != nil {
		return nil, err
	}
	return func(s session.Slip, dots int) (hal.Raster, error) {
		outcome, ok := outcomes[s.Outcome]
		if !ok {
			return hal.Raster{}, fmt.Errorf("receipt for a dossier that is %v", s.Outcome)
		}
		code, err := receipt.Sign(receipt.Claim{
			Kiosk: id.Name, Number: s.Number, Dossier: s.Dossier, Outcome: outcome, At: s.At.Truncate(time.Second),
		}, id.Key, rand.Reader)
		if err != nil {
			return hal.Raster{}, fmt.Errorf("sign receipt: %w", err)
		}
		inVNeID := s.Answers[resultStep] == byVNeID
		d := receipt.Data{
			Lang: s.Lang, Place: site.Place, Station: site.Kiosk.Name, Machine: site.Kiosk.Number,
			Number: s.Number, Outcome: outcome, At: s.At, Gateway: s.GatewayNumber,
			Applicant: s.Name, MaskedNumber: s.MaskedNumber, Recipient: site.Authority,
			InVNeID: inVNeID, Counter: site.Counter, Phone: site.Phone, QR: code,
		}
		for _, svc := range services {
			if svc.ID == s.Service {
				d.Service, d.Code, d.Form, d.Fee = svc.Name.In(s.Lang), svc.Code, svc.Form, svc.Fee
			}
		}
		d.Due = receipt.DueText(s.Due, site.Counter, inVNeID, s.Lang)
		return receipt.Render(d, dots, set)
	}, nil
}
