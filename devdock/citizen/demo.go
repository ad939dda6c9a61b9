package citizen

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tram06/devdock/people"
	"tram06/devdock/stack"
)

// DemoOptions say whose visit is shown, and where it is kept.
type DemoOptions struct {
	Key  string // of the citizen; the first one if empty
	Lang string // "vi" or "en"
	Out  string
	Say  func(format string, args ...any)
}

// Visit is what a demo leaves besides its files.
type Visit struct {
	Screens int
	Dossier json.RawMessage
	Timings Timings
}

// Timings of one visit, in milliseconds as the citizen lived them. What a
// person takes to read and decide is not in them: the demo touches as soon as
// the kiosk takes a touch.
type Timings struct {
	// CardMS is from laying the card to seeing one's name, Chip what the chip's
	// reading itself took by the kiosk's log.
	CardMS int64          `json:"card_ms"`
	Chip   map[string]any `json:"chip"`
	APDUs  int            `json:"apdus"`
	// SubmitMS is from touching "submit" to the gateway's answer on the screen,
	// PrintMS from there to the confirmed receipt.
	SubmitMS  int64 `json:"submit_ms"`
	PrintMS   int64 `json:"print_ms"`
	SessionMS int64 `json:"session_ms"`
}

// Demo plays one visit and keeps pictures, receipt, dossier and figures.
func Demo(ctx context.Context, s *stack.Stack, o DemoOptions) (Visit, error) {
	var v Visit
	if o.Key == "" {
		o.Key = people.All()[0].Key
	}
	if _, ok := people.ByKey(o.Key); !ok {
		var keys []string
		for _, c := range people.All() {
			keys = append(keys, c.Key)
		}
		return v, fmt.Errorf("no citizen %q; there are %v", o.Key, keys)
	}
	album := filepath.Join(o.Out, "screens")
	if err := empty(album); err != nil {
		return v, err
	}
	p, err := s.DialPanel(ctx)
	if err != nil {
		return v, err
	}
	defer p.Close()
	c := &Citizen{World: s.World, Panel: p, Key: o.Key, Lang: o.Lang, Album: album, Say: o.Say}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	if err := c.Visit(ctx); err != nil {
		return v, err
	}
	v.Screens, v.Timings = c.shots, c.Timings
	if v.Timings.Chip, err = chipLine(filepath.Join(s.Logs(), "kiosk.log")); err != nil {
		return v, err
	}
	papers := s.World.Papers()
	if len(papers) == 0 {
		return v, errors.New("no receipt came out")
	}
	if v.Dossier, err = dossier(ctx, s); err != nil {
		return v, err
	}
	figures, err := json.MarshalIndent(v.Timings, "", "  ")
	if err != nil {
		return v, err
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, v.Dossier, "", "  "); err != nil {
		return v, err
	}
	return v, errors.Join(
		os.WriteFile(filepath.Join(o.Out, "receipt.png"), papers[len(papers)-1].PNG, 0o644),
		os.WriteFile(filepath.Join(o.Out, "dossier.json"), append(pretty.Bytes(), '\n'), 0o644),
		os.WriteFile(filepath.Join(o.Out, "timings.json"), append(figures, '\n'), 0o644))
}

// empty makes an album, without the pictures of an earlier visit. Whatever else
// lies there is not ours: people name any folder.
func empty(album string) error {
	if err := os.MkdirAll(album, 0o755); err != nil {
		return err
	}
	there, err := os.ReadDir(album)
	for _, f := range there {
		if old, _ := filepath.Match("[0-9][0-9]-*.png", f.Name()); old {
			err = errors.Join(err, os.Remove(filepath.Join(album, f.Name())))
		}
	}
	return err
}

// dossier asks the gateway, as an operator would, for what came last.
func dossier(ctx context.Context, s *stack.Stack) (json.RawMessage, error) {
	ids, err := s.Dossiers(ctx)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, errors.New("the gateway has no dossier")
	}
	return s.Dossier(ctx, ids[len(ids)-1])
}

// chipLine takes the figures of the last chip reading from the kiosk's log.
func chipLine(path string) (map[string]any, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var last map[string]any
	for line := range bytes.Lines(b) {
		var m map[string]any
		if json.Unmarshal(line, &m) == nil && m["msg"] == "chip" {
			delete(m, "time")
			delete(m, "level")
			delete(m, "msg")
			last = m
		}
	}
	if last == nil {
		return nil, errors.New("the kiosk's log tells of no chip reading")
	}
	return last, nil
}
