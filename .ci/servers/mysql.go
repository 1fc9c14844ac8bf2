// A server of MySQL's protocol, by Vitess, with one account whose way to prove is caching_sha2_password: `app`, and the password that
// the first line of standard input has. As MySQL does, it wants the password itself until it has it in its cache.
package main

import (
	"bufio"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"

	"vitess.io/vitess/go/mysql"
	"vitess.io/vitess/go/mysql/replication"
	"vitess.io/vitess/go/mysql/sqlerror"
	"vitess.io/vitess/go/sqltypes"
	querypb "vitess.io/vitess/go/vt/proto/query"
	"vitess.io/vitess/go/vt/vtenv"
)

var errNone = errors.New("this server answers no query")

type account struct {
	password string
	isCached atomic.Bool
}

func denied(user string) error {
	return sqlerror.NewSQLErrorf(sqlerror.ERAccessDeniedError, sqlerror.SSAccessDeniedError, "Access denied for user '%v'", user)
}

func (a *account) AuthMethods() []mysql.AuthMethod {
	return []mysql.AuthMethod{mysql.NewSha2CachingAuthMethod(a, a, a)}
}

func (a *account) DefaultAuthMethodDescription() mysql.AuthMethodDescription {
	return mysql.CachingSha2Password
}

func (a *account) HandleUser(string) bool { return true }

func (a *account) UserEntryWithCacheHash(_ *mysql.Conn, salt []byte, user string, proof []byte, _ net.Addr) (mysql.Getter, mysql.CacheState, error) {
	if !a.isCached.Load() {
		return nil, mysql.AuthNeedMoreData, nil
	}
	if user != "app" || subtle.ConstantTimeCompare(proof, mysql.ScrambleCachingSha2Password(salt, []byte(a.password))) == 0 {
		return nil, mysql.AuthRejected, denied(user)
	}
	fmt.Println("by its cache:", user)
	return &mysql.StaticUserData{}, mysql.AuthAccepted, nil
}

func (a *account) UserEntryWithPassword(_ *mysql.Conn, user string, password string, _ net.Addr) (mysql.Getter, error) {
	if user != "app" || password != a.password {
		return nil, denied(user)
	}
	a.isCached.Store(true)
	fmt.Println("by the password itself:", user)
	return &mysql.StaticUserData{}, nil
}

type handler struct{ mysql.UnimplementedHandler }

func (handler) ComQuery(*mysql.Conn, string, func(*sqltypes.Result) error) error { return errNone }
func (handler) ComQueryMulti(*mysql.Conn, string, func(sqltypes.QueryResponse, bool, bool) error) error {
	return errNone
}
func (handler) ComPrepare(*mysql.Conn, string) ([]*querypb.Field, uint16, error) {
	return nil, 0, errNone
}
func (handler) ComStmtExecute(*mysql.Conn, *mysql.PrepareData, func(*sqltypes.Result) error) error {
	return errNone
}
func (handler) ComRegisterReplica(*mysql.Conn, string, uint16, string, string) error { return errNone }
func (handler) ComBinlogDump(*mysql.Conn, string, uint32) error                      { return errNone }
func (handler) ComBinlogDumpGTID(*mysql.Conn, string, uint64, replication.GTIDSet, uint16) error {
	return errNone
}
func (handler) WarningCount(*mysql.Conn) uint16 { return 0 }
func (handler) Env() *vtenv.Environment         { return vtenv.NewTestEnv() }

func main() {
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil {
		panic(err)
	}
	certificate, err := tls.LoadX509KeyPair(os.Args[2], os.Args[3])
	if err != nil {
		panic(err)
	}
	listener, err := mysql.NewListener("tcp", os.Args[1], &account{password: strings.TrimSpace(line)}, handler{}, 0, 0, false, false, 0, 0, false)
	if err != nil {
		panic(err)
	}
	listener.TLSConfig.Store(&tls.Config{Certificates: []tls.Certificate{certificate}})
	fmt.Println("listening")
	listener.Accept()
}
