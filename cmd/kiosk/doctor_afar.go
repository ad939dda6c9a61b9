package main

import (
	"context"
	"maps"
	"sync"
	"time"

	"tram06/firmware/config"
	"tram06/firmware/doctor"
	"tram06/fleet/wire"
	"tram06/hal"
)

// selfExamination is what the fleet may ask of a kiosk that serves: the
// examination of "kiosk doctor" by what the kiosk knows of its devices. None is
// opened, so that no citizen is disturbed.
type selfExamination struct {
	board config.Board
	site  config.Site
	state string

	mu     sync.Mutex
	health map[string]hal.Health
}

func newSelfExamination(board config.Board, site config.Site, state string) *selfExamination {
	return &selfExamination{board: board, site: site, state: state, health: map[string]hal.Health{}}
}

// device notes the health of a device.
func (s *selfExamination) device(name string, h hal.Health) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.health[name] = h
}

func (s *selfExamination) known() map[string]hal.Health {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.health)
}

// examine gives what may travel of the findings: parts, states and codes.
func (s *selfExamination) examine(ctx context.Context) []wire.Finding {
	var out []wire.Finding
	for _, f := range doctor.Examine(ctx, s.options(doctor.Linux(), devices(s.board))) {
		out = append(out, wire.Finding{Part: f.Part, Name: f.Name, State: string(f.State), Code: string(f.Code)})
	}
	return out
}

func (s *selfExamination) options(system doctor.System, registry hal.Registry) doctor.Options {
	return doctor.Options{
		Board: &s.board, Site: &s.site, State: s.state, Running: true, Health: s.known(),
		Registry: registry, Lang: "en", System: system, Limit: afarLimit,
		Credentials: func(path string) error { _, err := wire.LoadCredentials(path); return err },
	}
}

// afarLimit keeps the answer within what the fleet waits for.
const afarLimit = 5 * time.Second
