//! Which role may do what: the one table.

use super::Permission;
use super::Role::{self, Admin, Agent, Department, Manager, Privacy, Rep, Supervisor};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident: $($role:ident)+;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl Permission for $name {
                const NAME: &'static str = stringify!($name);
                const ROLES: &'static [Role] = &[$($role),+];
            }
        )*

        /// The whole table, for the reviewed matrix.
        pub const MATRIX: &[(&str, &[Role])] = &[$(($name::NAME, $name::ROLES)),*];
    };
}

permissions! {
    /// See customers and all that is known of them.
    SeeCustomers: Rep Agent Supervisor Manager Privacy Admin;
    /// Add a customer, as when a case is opened for one we do not know yet.
    AddCustomers: Rep Agent Supervisor Manager Admin;
    /// Correct account data and change the account status.
    EditCustomers: Agent Supervisor Manager Admin;
    /// See cases and the queue.
    SeeCases: Rep Agent Supervisor Manager Admin;
    /// Open a case.
    OpenCases: Rep Agent Supervisor Manager Admin;
    /// Change a case's reason, priority, value …
    WorkCases: Rep Agent Supervisor Manager Admin;
    /// Log interactions and save attempts.
    LogInteractions: Rep Agent Supervisor Manager Admin;
    /// Take cases and give them to others; whose is a rule of the case.
    AssignCases: Rep Agent Supervisor Manager Admin;
    /// Close a case with its outcome, and reopen it.
    CloseCases: Agent Supervisor Manager Admin;
    /// See figures and the rows behind them: supervisors of their team, the others of every team.
    SeeReports: Supervisor Manager Admin;
    /// See one's own figures and the rows behind them.
    SeeOwnFigures: Rep Agent Supervisor Manager Admin;
    /// Set targets for teams and people.
    SetTargets: Manager Admin;
    /// Take figures and the rows behind them out as files.
    ExportReports: Supervisor Manager Admin;
    /// Take a list of cases out as a file.
    ExportCases: Agent Supervisor Manager Admin;
    /// See what is due for others of the team, and overdue.
    WatchTeam: Supervisor Manager Admin;
    /// Share a view of the queue with everyone.
    ShareViews: Supervisor Manager Admin;
    /// Bring in files.
    ImportData: Agent Supervisor Manager Admin;
    /// Build offers, present them, ask for approval, note the customer's answer; how much is a matter of limits.
    MakeOffers: Rep Agent Supervisor Manager;
    /// Decide approvals; which ones is a matter of limits.
    DecideApprovals: Supervisor Manager;
    /// See the catalogue and the limits.
    SeePolicy: Rep Agent Supervisor Manager Admin;
    /// Publish versions of offer types and of the limits.
    EditPolicy: Manager Admin;
    /// See what was promised to customers; a department's member sees what their department is to do.
    SeePromises: Rep Agent Supervisor Manager Department Admin;
    /// Promise something to a customer.
    MakePromises: Rep Agent Supervisor Manager Admin;
    /// Say that promises are kept, broken or waived; move them and hand them over.
    KeepPromises: Agent Supervisor Manager Admin;
    /// Attach files to what was said and to promises.
    AttachFiles: Rep Agent Supervisor Manager Admin;
    /// Say what it costs to serve a customer, and which accounts belong together.
    EditEconomics: Agent Supervisor Manager Admin;
    /// Note who is away and who decides for them.
    NoteAbsences: Supervisor Manager Admin;
    /// See how the chaser does, have it run now, and have it try again what it parked.
    RunChaser: Admin;
    /// Read the audit log.
    SeeAudit: Privacy Admin;
    /// See requests to departments: the desk all of them, a department's people theirs.
    SeeRequests: Rep Agent Supervisor Manager Department Admin;
    /// Ask departments, take it back, accept their conditions.
    AskDepartments: Rep Agent Supervisor Manager Admin;
    /// Answer what one's own department is asked.
    AnswerRequests: Department;
    /// Take in complaints of regulators, bureaus and reviews, and write their answers.
    WorkComplaints: Agent Supervisor Manager Admin;
    /// Sign off what others wrote in answer to a complaint.
    SignComplaints: Supervisor Manager;
    /// Say of a promise that one's own department does that it was done.
    KeepOwnPromises: Department;
    /// Skip steps of processes, and stop processes.
    SettleProcesses: Agent Supervisor Manager Admin;
    /// See booked calls: the desk all of them, a department's people those they take part in.
    SeeAppointments: Rep Agent Supervisor Manager Department Admin;
    /// See problems and incidents: what makes customers leave, and what to say to them.
    SeeProblems: Rep Agent Supervisor Manager Admin;
    /// Open problems and incidents, find their causes, link cases, answer these together, verify causes.
    WorkProblems: Agent Supervisor Manager Admin;
    /// Draw samples of closed cases and code them again.
    Recode: Supervisor Manager Admin;
    /// Note what a customer allows us to do.
    NoteConsents: Rep Agent Supervisor Manager Privacy Admin;
    /// See the mails that go out, and have a parked one tried again.
    SeeOutbox: Admin;
    /// Users, roles, teams, departments.
    ManageUsers: Admin;
}
