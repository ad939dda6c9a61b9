// Package config reads the two files that a kiosk is set up with.
//
// board.yaml says what is soldered on and plugged in: the display, where
// reader, scanner and paper are, and each device by URI. site.yaml says where
// the kiosk stands and whom it talks to. The doc comments of Board and Site
// are the reference of the two files.
//
// Both are decoded strictly (see package strict): every mistake is reported
// with file, line, column, the coded condition and what to write instead, all
// of them at once. Quantities carry their unit ("268mm", "60s"); a bare number
// is a mistake. Secrets are never values: the files name other files.
package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"tram06/firmware/config/strict"
	"tram06/firmware/health"
)

// File names a configuration file. Without an FS it is one of the operating
// system's.
type File struct {
	FS   fs.FS
	Path string
}

// OnDisk is the file at path.
func OnDisk(path string) File { return File{Path: path} }

// read parses the file; what cannot be read at all is a problem like others.
func (f File) read() (*strict.Doc, error) {
	var r fs.File
	var err error
	if f.FS != nil {
		r, err = f.FS.Open(f.Path)
	} else {
		r, err = os.Open(f.Path)
	}
	if err != nil {
		return nil, f.unreadable(err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, strict.MaxSize+1))
	if err != nil {
		return nil, f.unreadable(err)
	}
	return strict.Parse(f.Path, data), nil
}

func (f File) unreadable(err error) error {
	text := "it cannot be read: " + err.Error()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text = "there is no such file: check the path"
	case errors.Is(err, fs.ErrPermission):
		text = "it may not be read: give the kiosk's user the right to"
	}
	return strict.Problems{{File: f.Path, Code: health.ConfigFile, Text: text}}
}

// inFolder resolves a name in the configuration against the folder of the file
// it stands in.
func (f File) inFolder(name string) string {
	if name == "" || filepath.IsAbs(name) || f.FS != nil {
		return name
	}
	return filepath.Join(filepath.Dir(f.Path), name)
}

// Code gives the coded condition of an error of this package.
func Code(err error) health.Code { return strict.Code(err) }
