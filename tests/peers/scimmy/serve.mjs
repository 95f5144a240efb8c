// A SCIM server out of scimmy and scimmy-routers: they speak the protocol, this keeps the records.
//   node serve.mjs PORT USER:PASSWORD      base address http://127.0.0.1:PORT/scim, HTTP Basic
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [port, secret] = process.argv.slice(2);
const expected = `Basic ${Buffer.from(secret).toString("base64")}`;

// One store per type of resource: records by id, and the id that has a unique name.
function serve(type, nameOf) {
    const records = new Map();
    const taken = new Map();
    const missing = (id) => new SCIMMY.Types.Error(404, null, `${id} is not here`);
    SCIMMY.Resources.declare(SCIMMY.Resources[type])
        .ingress((resource, data) => {
            const old = resource.id === undefined ? undefined : records.get(resource.id);
            if (resource.id !== undefined && old === undefined) throw missing(resource.id);
            const name = String(data[nameOf]).toLowerCase();
            if (taken.has(name) && taken.get(name) !== old?.id) {
                throw new SCIMMY.Types.Error(409, "uniqueness", `${nameOf} is taken`);
            }
            if (old !== undefined) taken.delete(String(old[nameOf]).toLowerCase());
            const now = new Date().toISOString();
            const record = {
                ...JSON.parse(JSON.stringify(data)),
                id: old?.id ?? randomUUID(),
                meta: { created: old?.meta.created ?? now, lastModified: now },
            };
            taken.set(name, record.id);
            records.set(record.id, record);
            return record;
        })
        .egress((resource) => {
            if (resource.id === undefined) {
                const all = [...records.values()];
                return resource.filter === undefined ? all : resource.filter.match(all);
            }
            const found = records.get(resource.id);
            if (found === undefined) throw missing(resource.id);
            return found;
        })
        .degress((resource) => {
            const old = records.get(resource.id);
            if (old === undefined) throw missing(resource.id);
            taken.delete(String(old[nameOf]).toLowerCase());
            records.delete(resource.id);
        });
}

SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);
serve("User", "userName");
serve("Group", "displayName");
SCIMMY.Config.set({ patch: true, filter: true, sort: true, bulk: true });

const app = express();
app.use("/scim", new SCIMMYRouters({
    type: "basic",
    handler: (request) => {
        if (request.header("Authorization") !== expected) throw new Error("wrong credentials");
        return "peer";
    },
}));
app.listen(Number(port), "127.0.0.1");
