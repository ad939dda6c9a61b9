package fittings

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tram06/firmware/cccd"
	"tram06/firmware/health"
	"tram06/firmware/session"
	"tram06/hal"
)

var allReady = [4]session.Status{{Ready: true}, {Ready: true}, {Ready: true}, {Ready: true}}

// words writes a pattern as "reader invites, status steady".
func words(p pattern) string {
	names := map[hal.Pattern]string{hal.Steady: "steady", hal.Invite: "invites", hal.Alarm: "alarm"}
	var all []string
	for lamp, what := range p {
		if what != hal.Dark {
			all = append(all, fmt.Sprintf("%s %s", lamp, names[what]))
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func TestLamps(t *testing.T) {
	qr := &cccd.QR{}
	without := func(d session.Device) (all [4]session.Status) {
		all = allReady
		all[d].Ready = false
		return all
	}
	for _, x := range []struct {
		name string
		s    session.State
		want string
	}{
		{"nobody there", session.State{}, "status steady"},
		{"asked for consent", session.State{Phase: session.Consent}, "status steady"},
		{"scan first", session.State{Phase: session.Identify}, "scanner invites, status steady"},
		{"then the card", session.State{Phase: session.Identify, QR: qr}, "reader invites, status steady"},
		{"digits instead", session.State{Phase: session.Identify, Digits: "000638"}, "reader invites, status steady"},
		{"no scanner", session.State{Phase: session.Identify, Devices: without(session.Scanner)}, "reader invites, status alarm"},
		{"no reader", session.State{Phase: session.Identify, QR: qr, Devices: without(session.Reader)}, "status alarm"},
		{"reading", session.State{Phase: session.Identify, QR: qr, Stage: session.Names, CardThere: true}, "reader steady, status steady"},
		{"lift it first", session.State{Phase: session.Identify, QR: qr, NeedLift: true, CardThere: true}, "status steady"},
		{"filling in", session.State{Phase: session.Form, CardThere: true}, "status steady"},
		{"printing", session.State{Phase: session.Submitting, Print: session.Printing}, "printer steady, status steady"},
		{"take it", session.State{Phase: session.Done, Print: session.PrintDone}, "printer invites, status steady"},
		{"take both", session.State{Phase: session.Done, Print: session.PrintDone, CardThere: true}, "printer invites, reader invites, status steady"},
		{"broken", session.State{Phase: session.Done, Print: session.PrintBroken, Devices: without(session.Printer)}, "status alarm"},
		{"your card", session.State{Phase: session.Goodbye, CardThere: true}, "reader invites, status steady"},
		{"gone", session.State{Phase: session.Goodbye}, "status steady"},
		{"out of service", session.State{Phase: session.Closed}, "status alarm"},
	} {
		if x.s.Devices == ([4]session.Status{}) {
			x.s.Devices = allReady
		}
		if got := words(lampsFor(x.s)); got != x.want {
			t.Errorf("%s: %s, want %s", x.name, got, x.want)
		}
	}
}

// A terminal that was built without a scanner is well without one.
func TestLampsOfATerminalWithout(t *testing.T) {
	s := session.State{Phase: session.Identify, Devices: allReady}
	s.Devices[session.Scanner].Ready = false
	if got := words(lampsFor(s, session.Scanner)); got != "reader invites, status steady" {
		t.Error(got)
	}
	s.Devices[session.Printer].Ready = false
	if got := words(lampsFor(s, session.Scanner)); got != "reader invites, status alarm" {
		t.Error("with a broken printer:", got)
	}
}

func TestCues(t *testing.T) {
	at := func(p session.Phase, change func(*session.State)) session.State {
		s := session.State{Phase: p}
		if change != nil {
			change(&s)
		}
		return s
	}
	none := at(session.Identify, nil)
	for _, x := range []struct {
		name          string
		before, after session.State
		want          Cue
	}{
		{"nothing new", none, none, NoCue},
		{"a code", none, at(session.Identify, func(s *session.State) { s.QR = &cccd.QR{} }), Well},
		{"a card read", none, at(session.Confirm, func(s *session.State) { s.Reads = 1 }), Well},
		{"lifted too early", none, at(session.Identify, func(s *session.State) { s.Problem = health.CardLifted }), Look},
		{"a copy", none, at(session.Identify, func(s *session.State) { s.Problem = health.ChipCloned }), Wrong},
		{"the same trouble", at(session.Identify, func(s *session.State) { s.Problem = health.ChipCloned }),
			at(session.Identify, func(s *session.State) { s.Problem = health.ChipCloned }), NoCue},
		{"accepted", at(session.Submitting, nil), at(session.Done, func(s *session.State) { s.Outcome = session.Accepted }), Well},
		{"kept here", at(session.Submitting, nil), at(session.Done, func(s *session.State) { s.Outcome = session.Kept }), Look},
		{"refused", at(session.Submitting, nil), at(session.Done, func(s *session.State) { s.Outcome = session.Rejected }), Wrong},
		{"no receipt", at(session.Done, nil), at(session.Done, func(s *session.State) { s.Print = session.PrintBroken }), Look},
		{"still there?", none, at(session.Identify, func(s *session.State) { s.Sheet = session.LiftedSheet }), Look},
		{"help is silent", none, at(session.Identify, func(s *session.State) { s.Sheet = session.HelpSheet }), NoCue},
		{"card left", at(session.Done, nil), at(session.Goodbye, func(s *session.State) { s.CardThere = true }), Look},
		{"gone", at(session.Goodbye, func(s *session.State) { s.Reads = 1 }), at(session.Attract, nil), NoCue},
		{"trouble when nobody is there", at(session.Attract, nil), at(session.Attract, func(s *session.State) { s.Problem = health.PaperOut }), NoCue},
	} {
		if got := cueFor(x.before, x.after); got != x.want {
			t.Errorf("%s: cue %d, want %d", x.name, got, x.want)
		}
	}
	for _, c := range []Cue{Well, Look, Wrong} {
		if len(beeps[c]) == 0 {
			t.Errorf("cue %d has no tone", c)
		}
	}
}
