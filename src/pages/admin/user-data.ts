import type { ApiClient, ListItem, SuccessBody } from "../api.ts";

type Users = ApiClient["api"]["admin"]["users"][":userId"];

export type User = SuccessBody<Users["$get"]>;
export type Grant = ListItem<Users["grants"]["$get"]>;
export type Session = ListItem<Users["sessions"]["$get"]>;
export type ApiKey = SuccessBody<Users["api-keys"]["$get"]>["keys"][number];
