package pcsc

import (
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
	return libSession{c}, nil
}

type libSession struct{ *scard.Context }

func (s libSession) Connect(reader string, mode scard.ShareMode, proto scard.Protocol) (handle, error) {
	c, err := s.Context.Connect(reader, mode, proto)
	if err != nil {
		return nil, err
	}
	return c, nil
}
