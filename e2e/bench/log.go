package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

// chipReading is the kiosk's log line of one reading.
type chipReading struct {
	Msg   string  `json:"msg"`
	MS    float64 `json:"ms"`
	APDUs float64 `json:"apdus"`
	OK    bool    `json:"ok"`
}

// chipLine takes the last one.
func chipLine(logs string) (chipReading, error) {
	b, err := os.ReadFile(filepath.Join(logs, "kiosk.log"))
	if err != nil {
		return chipReading{}, err
	}
	var last chipReading
	for line := range bytes.Lines(b) {
		var l chipReading
		if json.Unmarshal(line, &l) == nil && l.Msg == "chip" {
			last = l
		}
	}
	if last.Msg == "" {
		return last, errors.New("the kiosk's log tells of no reading")
	}
	return last, nil
}
