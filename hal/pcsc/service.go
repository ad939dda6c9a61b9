package pcsc

import (
	"fmt"
	"slices"
	"time"

	"github.com/ebfe/scard"
)

// service is what the driver needs of PC/SC; the tests have one without a
// daemon.
type service interface {
	establish() (session, error)
}

// session is a PC/SC context.
type session interface {
	ListReaders() ([]string, error)
	GetStatusChange(states []scard.ReaderState, timeout time.Duration) error
	Connect(reader string, mode scard.ShareMode, proto scard.Protocol) (handle, error)
	Cancel() error
	Release() error
}

// handle is a connected card.
type handle interface {
	ActiveProtocol() scard.Protocol
	Reconnect(mode scard.ShareMode, proto scard.Protocol, init scard.Disposition) error
	BeginTransaction() error
	EndTransaction(scard.Disposition) error
	Status() (*scard.CardStatus, error)
	Transmit(cmd []byte) ([]byte, error)
	Disconnect(scard.Disposition) error
}

// library is libpcsclite. It reads PCSCLITE_CSOCK_NAME by itself.
type library struct{}

func (library) establish() (session, error) {
	c, err := scard.EstablishContext()
	if err != nil {
		return nil, err
	}
	s := &libSession{Context: c}
	s.tag = fmt.Sprintf("\x00%p", s)
	return s, nil
}

type libSession struct {
	*scard.Context
	tag string
}

// GetStatusChange gives each session's wait a reader's name of its own. The
// binding keeps the memory of a name alive by that name, once a process: a
// second wait on the same reader, such as one that a hanging daemon left behind,
// would free what the first one still reads. What stands behind the NUL is part
// of the binding's key and unseen by the library. The address of a session that
// lives is no other's.
func (s *libSession) GetStatusChange(states []scard.ReaderState, timeout time.Duration) error {
	own := slices.Clone(states)
	for i := range own {
		own[i].Reader += s.tag
	}
	err := s.Context.GetStatusChange(own, timeout)
	for i := range own {
		states[i].EventState, states[i].Atr = own[i].EventState, own[i].Atr
	}
	return err
}

func (s *libSession) Connect(reader string, mode scard.ShareMode, proto scard.Protocol) (handle, error) {
	c, err := s.Context.Connect(reader, mode, proto)
	if err != nil {
		return nil, err
	}
	return c, nil
}
