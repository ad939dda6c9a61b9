package chipsim_test

import (
	"testing"

	"tram06/firmware/emrtd/chipsim"
)

func TestLibraryLoads(t *testing.T) {
	names := map[string]bool{}
	for _, p := range chipsim.Personalities() {
		if p.VI == "" || p.EN == "" || names[p.Name] || names[p.EN] || names[p.VI] {
			t.Errorf("%s: a line is missing or twice there", p.Name)
		}
		names[p.Name], names[p.EN], names[p.VI] = true, true, true
		if err := p.Radio(424).Check(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
	for _, a := range chipsim.Attacks() {
		if _, ok := chipsim.PersonalityNamed(a.On); !ok {
			t.Errorf("%s: no personality %q", a.Name, a.On)
		}
		if names[a.Name] || names[a.EN] || names[a.VI] {
			t.Errorf("%s: its name or line is taken", a.Name)
		}
		names[a.Name], names[a.EN], names[a.VI] = true, true, true
	}
}
